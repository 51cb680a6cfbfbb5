import Catalog

@testable import Fleet

/// The claims of all sources as their answers tell them, kept by the rules of DESIGN.md alone: which engine must stay,
/// which may go, which is gone.
struct WorldClaims {
  struct Key: Hashable {
    var source: SourceID
    var part: String
    var id: String
  }

  struct Claim {
    var seat: Seat
    var podUID: String
    var key: String?
    /// Whether its source reports a phase of its life.
    var isHinted: Bool
    var trust: SourcePart.Trust
    var isAskable: Bool
    /// Whether the source's last answer names it.
    var isNamed = true
    /// Since when a complete part omits it; nil: it does not.
    var omittedSince: Duration?
    /// Whether more than half of the part's engines are omitted with it.
    var isMassLoss = false
    /// Whether it may go at once.
    var mayGo = false
    var isDenied = false
    /// Whether it was gone at some moment: it counts no more, but nothing is wrong when it is back.
    var isGone = false
    /// When its source named another process there; nil: never.
    var renewed: Duration?

    /// Since when the doubt counts: a restart takes its age over to the whole minute; nil: it is not omitted.
    var doubtedSince: Duration?

    /// When it is gone at the latest; nil: nothing takes it away.
    var deadline: Duration? { doubtedSince.map { $0 + patience } }

    /// How long an omission is doubted, at the most.
    var patience = Duration.seconds(600)
  }

  private(set) var claims: [Key: Claim] = [:]
  /// The claims as the store knows them, and since when.
  private var stored: [Key: Claim] = [:]
  private var storedAt: Duration = .zero
  /// Sources whose query was changed, until each of their parts was complete once.
  private var changed: Set<SourceID> = []

  /// Since when each part answers without a gap: while it does not, no doubt about it ends by time.
  private var answering: [PartKey: Duration] = [:]

  private struct PartKey: Hashable {
    var source: SourceID
    var part: String
  }

  /// The claims for a seat.
  func at(_ seat: Seat) -> [Claim] { claims.values.filter { $0.seat == seat } }

  mutating func received(_ answer: SourceAnswer, listed: Set<Seat>, at now: Duration) {
    let source = answer.source
    let names = Set(answer.parts.map(\.name))
    // An operator took these parts out of the query.
    for key in claims.keys where key.source == source && !names.contains(key.part) {
      omit(key, at: now)
      claims[key]?.mayGo = true
      note(PartKey(source: source, part: key.part), answers: true, at: now)
    }
    for part in answer.parts { note(PartKey(source: source, part: part.name), answers: part.isComplete, at: now) }
    let before = claims
    for part in answer.parts { take(part, of: source, listed: listed, at: now) }
    renew(source, after: before, at: now)
    if source.kind == .kubernetes { supersede(answer) }
    if answer.parts.allSatisfy(\.isComplete) { changed.remove(source) }
    takeOver()
  }

  private mutating func take(_ part: SourcePart, of source: SourceID, listed: Set<Seat>, at now: Duration) {
    var named: Set<String> = []
    let before = claims.filter { $0.key.source == source && $0.key.part == part.name }
    for spec in part.engines {
      var key: String?
      if case .literal(let text) = spec.key { key = text }
      let isHinted = spec.lifecycle != .none || spec.isDraining
      named.insert(spec.id)
      name(
        spec.id, part, of: source,
        Claim(
          seat: Seat(spec), podUID: spec.podUID, key: key, isHinted: isHinted, trust: part.trust,
          isAskable: part.isAskable), at: now)
    }
    for engine in part.unprobed {
      named.insert(engine.facts.id)
      name(
        engine.facts.id, part, of: source,
        Claim(
          seat: Seat(engine.facts), podUID: engine.facts.podUID, isHinted: true, trust: part.trust,
          isAskable: part.isAskable), at: now)
    }
    let own = claims.filter { $0.key.source == source && $0.key.part == part.name }
    for key in own.keys where !named.contains(key.id) {
      claims[key]?.isNamed = false
      if part.ended.contains(key.id) || part.isComplete && part.trust == .declared {
        claims[key] = nil
      } else if part.isComplete {
        omit(key, at: now)
        claims[key]?.isAskable = part.isAskable
        if changed.contains(source) { claims[key]?.mayGo = true }
      }
    }
    if part.isComplete { weigh(before, askable: part.isAskable, listed: listed) }
  }

  private mutating func note(_ part: PartKey, answers: Bool, at now: Duration) {
    answering[part] = answers ? answering[part] ?? now : nil
  }

  mutating func failed(_ source: SourceID) { answering = answering.filter { $0.key.source != source } }

  /// Since when the part of a claim answers; nil: it does not.
  private func answersSince(_ key: Key) -> Duration? { answering[PartKey(source: key.source, part: key.part)] }

  private mutating func omit(_ key: Key, at now: Duration) {
    guard let claim = claims[key] else { return }
    claims[key]?.isNamed = false
    claims[key]?.omittedSince = claim.omittedSince ?? now
    guard claim.doubtedSince == nil else { return }
    claims[key]?.doubtedSince = now
    claims[key]?.patience = claim.trust == .edited ? .seconds(60) : .seconds(600)
  }

  private mutating func name(
    _ id: String, _ part: SourcePart, of source: SourceID, _ claim: Claim, at now: Duration
  ) {
    let key = Key(source: source, part: part.name, id: id)
    let old = claims[key]
    claims[key] = claim
    claims[key]?.renewed = old?.renewed
  }

  /// Marks the claims of which the source says that another pod is at the address now.
  private mutating func renew(_ source: SourceID, after old: [Key: Claim], at now: Duration) {
    for (key, claim) in claims where key.source == source && claim.isNamed && !claim.podUID.isEmpty {
      guard old[key]?.podUID != claim.podUID || old[key]?.seat != claim.seat else { continue }
      let isAnother = old.contains { before, other in
        before.source == source && other.seat == claim.seat && !other.podUID.isEmpty && other.podUID != claim.podUID
      }
      if isAnother { claims[key]?.renewed = now }
    }
  }

  /// Decides whether what a complete part omits now and did not omit before is too much to be believed.
  private mutating func weigh(_ old: [Key: Claim], askable: Bool, listed: Set<Seat>) {
    let known = old.filter { $0.value.omittedSince == nil && !$0.value.isGone }
    let lost = known.filter { claims[$0.key]?.omittedSince != nil }
    // Whether engines that were never listed count is left open.
    let isMassLoss =
      lost.count * 2 > known.count
      && lost.count(where: { listed.contains($0.value.seat) }) * 2
        > known.count(where: { listed.contains($0.value.seat) })
    for key in lost.keys { claims[key]?.isMassLoss = isMassLoss }
    guard !askable else { return }
    for key in old.keys where claims[key]?.omittedSince != nil && claims[key]?.isMassLoss == false {
      claims[key]?.mayGo = true
    }
  }

  /// Within one cluster a Ready pod that a complete part names owns its address: a pod there that is only remembered is gone.
  private mutating func supersede(_ answer: SourceAnswer) {
    let ready = answer.parts.filter(\.isComplete).flatMap(\.engines).filter { $0.lifecycle == .none && !$0.isDraining }
    let urls = Set(ready.map(\.url.description))
    claims = claims.filter { key, claim in
      key.source != answer.source || claim.isNamed || !urls.contains(claim.seat.url)
    }
  }

  /// An omitted claim ends when another claim on its address is present. Registrations end no claim of another
  /// namespace.
  private mutating func takeOver() {
    let present = claims.filter { $0.value.isNamed && $0.value.seat.isProbed }
    claims = claims.filter { _, claim in
      guard claim.omittedSince != nil else { return true }
      return !present.contains { key, other in
        other.seat.url == claim.seat.url
          && (other.seat.namespace == claim.seat.namespace || key.source.kind != .registration)
      }
    }
  }

  mutating func denied(_ source: SourceID, _ engines: [OmittedEngine]) {
    for engine in engines {
      let key = Key(source: source, part: engine.part, id: engine.id)
      guard claims[key]?.omittedSince != nil else { continue }
      claims[key]?.isDenied = true
      if claims[key]?.isMassLoss == false { claims[key]?.mayGo = true }
    }
  }

  mutating func drop(_ source: SourceID) { claims = claims.filter { $0.key.source != source } }

  mutating func expectChange(of source: SourceID) { changed.insert(source) }

  mutating func store(at now: Duration) { (stored, storedAt) = (claims, now) }

  /// The process ended: what is left is what the store knows. `seats`: those that the store has.
  mutating func restart(configured: Set<SourceID>, seats: Set<Seat>, at now: Duration) {
    claims = stored.filter { seats.contains($0.value.seat) }
    for (key, claim) in claims {
      claims[key]?.isNamed = false
      claims[key]?.renewed = nil
      if !configured.contains(key.source) { claims[key]?.mayGo = true }
      // The doubt goes on; the store knows its age to the minute.
      if let since = claim.doubtedSince {
        claims[key]?.doubtedSince = now - .seconds(60) * ((storedAt - since) / .seconds(60)).rounded(.down)
        claims[key]?.patience = .seconds(600)
      }
    }
    changed = []
    answering = [:]
  }

  /// Drops the claims whose time is up, and marks those that are gone. `slack`: the time that Rollcall may take.
  mutating func passTime(to now: Duration, slack: Duration, listed: Set<Seat>) {
    claims = claims.filter { key, claim in
      guard let deadline = claim.deadline, let since = answersSince(key) else { return true }
      return now < max(deadline, since) + slack
    }
    for (key, claim) in claims where claim.mayGo && !listed.contains(claim.seat) { claims[key]?.isGone = true }
  }

  /// The claim that holds an engine in the list at a time; nil: it may be removed. `answers`: whether an engine answers.
  func holder(of seat: Seat, at now: Duration, answers: (Seat) -> Bool) -> Key? {
    let here = claims.filter { $0.value.seat == seat }
    guard !here.values.contains(where: { $0.renewed == now }) else { return nil }
    return here.first { holds($0.key, $0.value, at: now, answers: answers) }?.key
  }

  private func holds(_ key: Key, _ claim: Claim, at now: Duration, answers: (Seat) -> Bool) -> Bool {
    guard !claim.mayGo else { return false }
    guard let since = claim.omittedSince else { return true }
    let isTaken = claims.contains { other, present in
      present.isNamed && present.seat.url == claim.seat.url && present.seat != claim.seat
        && other.source.kind != .registration
    }
    if isTaken { return false }
    switch claim.trust {
    case .declared: return false
    case .edited: return now <= since
    case .reported:
      // A registration of another namespace on the address ends the doubt by time alone.
      let isShared = claims.values.contains { $0.isNamed && $0.seat.url == claim.seat.url && $0.seat != claim.seat }
      if now - since >= .seconds(600) - .milliseconds(1), answersSince(key) != nil || isShared { return false }
    }
    guard claim.isDenied else { return true }
    // The part lacks most of its engines: it is doubted while they answer.
    let own = claims.filter { !$0.value.isGone && $0.key.source == key.source && $0.key.part == key.part }
    let lost = own.filter { $0.value.omittedSince != nil }
    guard lost.count * 2 > own.count else { return false }
    return lost.values.allSatisfy { answers($0.seat) }
  }
}
