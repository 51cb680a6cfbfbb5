/// The claims of one part of a source, and those of them that count. A value: time is an argument.
///
/// A complete part that loses more than half of the engines that were known may be the source's own fault (an empty DNS
/// answer, a half-filled cache, a wiped API server) and must not empty the catalog: each engine that it omits counts
/// until it was omitted for ten minutes, whatever the part names later. An engine that an askable part omits counts
/// until the source denies it.
struct PartClaims: Sendable {
  /// How long an engine must be omitted until its removal is believed.
  static let patience: Duration = .seconds(600)
  /// The same for an edited file, and for a source whose query was changed: the rest may come a moment later.
  static let settling: Duration = .seconds(10)

  /// Why an omitted engine still counts.
  private enum Doubt: Sendable {
    /// Most engines of the part would go.
    case most
    /// The source will be asked about it.
    case unasked
    /// The rest of the part may come a moment later.
    case settling
  }

  private struct Omission: Sendable {
    var doubt: Doubt
    var since: Duration
    /// Whether the source was asked about the engine and does not have it.
    var isDenied = false

    var patience: Duration { doubt == .settling ? PartClaims.settling : PartClaims.patience }
    var end: Duration { since + patience }
  }

  /// The claims of the last answer, in its order; then those that an incomplete answer did not repeat.
  private(set) var named: [Claim] = []
  /// Claims that the store remembers, until the part is complete.
  private(set) var remembered: [String: Claim] = [:]
  private var omitted: [String: (claim: Claim, omission: Omission)] = [:]
  /// Whether the last answer was complete.
  private(set) var isComplete = false
  /// Whether the part was taken out of the source's query: then its claims end whether the source answers or not.
  private(set) var isDismissed = false
  /// Whether the part's query was changed since its last complete answer: then a smaller one is meant.
  var isChanged = false

  enum Verdict: Hashable, Sendable {
    /// The part claims what it claimed before.
    case unchanged
    case believed
    /// More than half of the engines would go. `isNew`: no engine was omitted before.
    case doubted(before: Int, now: Int, isNew: Bool)
  }

  /// Restores a claim from the store. `omittedMinutes`: for how long the part had omitted it; nil: it did not.
  mutating func remember(_ claim: Claim, omittedMinutes: Int?) {
    if let omittedMinutes {
      let since: Duration = .seconds(-60) * min(max(0, omittedMinutes), 10)
      omitted[claim.id] = (claim, Omission(doubt: .most, since: since))
    } else {
      remembered[claim.id] = claim
    }
  }

  /// Takes the part's answer, at a time since the fleet's start.
  mutating func received(_ part: SourcePart, _ claims: [Claim], at up: Duration) -> Verdict {
    var ids: Set<String> = []
    let claims = claims.filter { ids.insert($0.id).inserted }
    if isSame(part, claims) {
      // Their readings may be new.
      named = claims
      return .unchanged
    }
    let before = named.filter { !part.ended.contains($0.id) || ids.contains($0.id) }
    for id in part.ended where !ids.contains(id) { (remembered[id], omitted[id]) = (nil, nil) }
    // What counted until now without a doubt, and all that counted, but what the source saw end.
    let certain = before.count + remembered.count
    let known = certain + omitted.count
    for id in ids { omitted[id] = nil }
    (isComplete, isDismissed) = (part.isComplete, false)
    guard part.isComplete else {
      for id in ids { remembered[id] = nil }
      named = claims + before.filter { !ids.contains($0.id) }
      return .believed
    }
    let lost =
      before.filter { !ids.contains($0.id) }
      + remembered.values.filter { !ids.contains($0.id) }.sorted { $0.id < $1.id }
    (named, remembered) = (claims, [:])
    settleEdits(part, at: up)
    defer { isChanged = false }
    if isChanged {
      omit(lost, .settling, at: up)
      return .believed
    }
    guard part.trust != .declared else {
      omitted = [:]
      return .believed
    }
    let isNew = omitted.isEmpty
    omit(lost, .unasked, at: up)
    // A cache that empties bit by bit is wrong too, so all that is omitted counts as well as what this answer omits.
    // Strangers that the answer names replace nothing.
    let losesMost = lost.count * 2 > certain || omitted.count * 2 > known
    if losesMost {
      doubt(part.trust == .edited ? .settling : .most)
    } else if !part.isAskable {
      omitted = omitted.filter { $0.value.omission.doubt != .unasked }
    }
    if !self.losesMost { omitted = omitted.filter { !$0.value.omission.isDenied } }
    return losesMost && !lost.isEmpty ? .doubted(before: known, now: claims.count, isNew: isNew) : .believed
  }

  /// What an edited file had omitted before a restart needs no ten minutes.
  private mutating func settleEdits(_ part: SourcePart, at up: Duration) {
    guard part.trust == .edited else { return }
    for (id, entry) in omitted where entry.omission.doubt == .most {
      omitted[id]?.omission.doubt = .settling
      omitted[id]?.omission.since = up
    }
  }

  /// Lets what the source is to be asked about count for as long as a doubt lasts.
  private mutating func doubt(_ doubt: Doubt) {
    for (id, entry) in omitted where entry.omission.doubt == .unasked { omitted[id]?.omission.doubt = doubt }
  }

  /// Whether an answer repeats the last one, readings apart.
  private func isSame(_ part: SourcePart, _ claims: [Claim]) -> Bool {
    isComplete && part.isComplete && !isChanged && part.ended.isEmpty && remembered.isEmpty
      && (part.isAskable || omitted.isEmpty) && named.count == claims.count
      && zip(named, claims).allSatisfy { $0.isSame(as: $1) }
  }

  /// Notes that the part does not answer now.
  mutating func failed() { isComplete = false }

  /// Takes the part out of the source's query.
  mutating func dismiss(at up: Duration) {
    let lost = named + remembered.values + omitted.values.map(\.claim)
    omitted = [:]
    (named, remembered, isComplete, isDismissed) = ([], [:], true, true)
    omit(lost, .settling, at: up)
  }

  /// Notes that the source was asked about an omitted engine and does not have it. While more than half of the part's
  /// engines are omitted (a wiped API server has none), the engine counts for as long as it answers. Returns whether
  /// the claim ended.
  mutating func denied(_ id: String, answers: Bool) -> Bool {
    guard omitted[id] != nil else { return false }
    omitted[id]?.omission.isDenied = true
    guard !answers || !losesMost else { return false }
    omitted[id] = nil
    return true
  }

  /// Whether more than half of the part's engines are omitted.
  private var losesMost: Bool { omitted.count * 2 > count }

  /// Whether the source was asked about an omitted engine and does not have it.
  func isDenied(_ id: String) -> Bool { omitted[id]?.omission.isDenied == true }

  /// Ends a claim, whatever the part says.
  mutating func end(_ id: String) {
    named.removeAll { $0.id == id }
    remembered[id] = nil
    omitted[id] = nil
  }

  /// Removes the engines that were omitted for long enough; returns whether there were any. While the part does not
  /// answer, its last word is no reason, except for engines whose address another tenant has (`shared`, by id).
  /// `isReachable`: the source answers.
  mutating func passTime(to up: Duration, isReachable: Bool = true, shared: Set<String> = []) -> Bool {
    let count = omitted.count
    let isCertain = isComplete && isReachable || isDismissed
    omitted = omitted.filter { id, entry in entry.omission.end > up || !isCertain && !shared.contains(id) }
    return omitted.count < count
  }

  /// When the next omitted engine is removed, or has been omitted for another minute; nil when none is.
  func due(after up: Duration, isReachable: Bool = true, shared: Set<String> = []) -> Duration? {
    omitted.compactMap { id, entry in
      let minutes = ((up - entry.omission.since) / .seconds(60)).rounded(.down) + 1
      let minute = entry.omission.since + .seconds(60) * minutes
      if isComplete && isReachable || isDismissed || shared.contains(id) { return min(entry.omission.end, minute) }
      return minute < entry.omission.end ? minute : nil
    }.min()
  }

  private mutating func omit(_ claims: [Claim], _ doubt: Doubt, at up: Duration) {
    for claim in claims where omitted[claim.id] == nil {
      omitted[claim.id] = (claim, Omission(doubt: doubt, since: up))
    }
  }
}

/// The claims that count.
extension PartClaims {
  typealias Entry = (claim: Claim, standing: Standing)

  /// All of them: the named ones in the part's order, then the others by id. `isReachable`: the source answers.
  func entries(at up: Duration, isReachable: Bool) -> [Entry] {
    let isFresh = isComplete && isReachable
    var entries: [Entry] = named.map { ($0, .named(isFresh: isFresh)) }
    entries += remembered.values.sorted { $0.id < $1.id }.map { ($0, .remembered) }
    entries += omitted.values.sorted { $0.claim.id < $1.claim.id }.map { entry in
      (entry.claim, .omitted(minutes: max(0, Int((up - entry.omission.since) / .seconds(60)))))
    }
    return entries
  }

  var omittedClaims: [Claim] { omitted.values.map(\.claim).sorted { $0.id < $1.id } }
  /// The omitted engines that the source was asked about and does not have.
  var deniedClaims: [Claim] { omitted.values.filter(\.omission.isDenied).map(\.claim) }
  func omittedClaim(_ id: String) -> Claim? { omitted[id]?.claim }
  var count: Int { named.count + remembered.count + omitted.count }
  var omittedCount: Int { omitted.count }
  /// Whether every claim was named by the last complete answer.
  var isCertain: Bool { isComplete && remembered.isEmpty && omitted.isEmpty }
}
