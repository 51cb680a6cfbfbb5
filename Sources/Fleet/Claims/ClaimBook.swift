import Catalog

/// The claims of all sources: what the sources answer, what the store remembers until they do, and the engines that
/// follow. A value without I/O: time is an argument.
///
/// Its work grows with the fleet, so it is done apart from the fleet's state, which takes the changes piece by piece.
struct ClaimBook: Sendable {
  private(set) var states: [SourceID: SourceState] = [:]
  /// Sources that have not answered yet.
  private var unsynced: Set<SourceID>
  /// Unsynced sources that the first sweep waits for.
  private var awaited: Set<SourceID>
  private let settings: ProbeSettings
  /// The engines as the fleet's state has them, or will have them when it took the changes.
  private(set) var current = FleetClaims()
  /// Whether the claims were computed anew since the last changes were taken.
  private var isDirty = true
  /// The engines as the last changes left them.
  private var taken = FleetClaims()
  /// Ids of stored engines that no source can claim.
  private var unclaimable: [String] = []
  /// Claims whose address another tenant's claim names: their keys are not sent.
  var withheld: Set<ClaimRef> = []
  private var events: [FleetEvent] = []

  /// `known`: the engines in the store. Each is claimed by the source that claimed it before, or by the store itself
  /// when that source is not known, until the sources have answered.
  init(expecting sources: Set<SourceID>, _ settings: ProbeSettings, known: [KnownEngine] = []) {
    unsynced = sources
    // Two peers that wait for each other would wait for ever.
    awaited = sources.filter { $0.kind != .peer }
    self.settings = settings
    for engine in known { remember(engine, sources) }
    recompute(at: .zero)
    // A stored engine that no claim names, or whose place another has, is not listed without being probed.
    let claimed = Set(current.probed.map(\.spec.id)).union(current.unprobed.map(\.engine.facts.id))
    unclaimable = known.map(\.facts.id).filter { !claimed.contains($0) }
  }

  private mutating func remember(_ known: KnownEngine, _ expected: Set<SourceID>) {
    let facts = known.facts
    // An engine of a peer can only come from that peer.
    if let peer = facts.via.last, !expected.contains(SourceID(.peer, peer)) { return }
    var isClaimed = false
    for stored in facts.claims {
      guard let claim = Claim(stored, on: known) else { continue }
      let source = SourceID(stored).flatMap { expected.contains($0) ? $0 : nil }
      states[source ?? .store, default: SourceState()].withPart(source == nil ? Self.removed : stored.part) {
        $0.remember(claim, omittedMinutes: source == nil ? nil : stored.omittedMinutes)
      }
      current.name(claim, facts.id, by: source ?? .store)
      isClaimed = true
    }
    guard !isClaimed else { return }
    // A record of an older version.
    let isProbed = facts.via.isEmpty && !facts.endpoint.isEmpty
    var stored = EngineClaim(sourceKind: "", sourceName: "", part: "", id: facts.id, isProbed: isProbed)
    stored.hasLiteralKey = true
    guard let claim = Claim(stored, on: known) else { return }
    let source = facts.via.last.map { SourceID(.peer, $0) } ?? .store
    states[source, default: SourceState()].withPart("") { $0.remember(claim, omittedMinutes: nil) }
    current.name(claim, facts.id, by: .store)
  }

  /// The changes since the last call.
  mutating func takeChanges() -> ClaimChanges {
    guard isDirty else { return ClaimChanges(summary) }
    defer { (taken, unclaimable, isDirty) = (current, [], false) }
    return ClaimChanges(from: taken, to: current, unclaimable: unclaimable, summary)
  }

  mutating func takeEvents() -> [FleetEvent] {
    defer { events = [] }
    return events
  }

  /// Takes the answer of a source. Returns the engines of its askable parts that it omits and that still count.
  mutating func received(_ answer: SourceAnswer, at up: Duration) -> [OmittedEngine] {
    let source = answer.source
    var state = states[source] ?? SourceState()
    let outage = answer.outage
    if state.outage != nil, outage == nil { events.append(.recovered(source: source)) }
    if let outage, state.outage != outage { events.append(.failed(source: source, reason: outage)) }
    var isChanged = state.outage != outage || state.isSilent || !state.hasAnswered
    state.outage = outage
    (state.isSilent, state.hasAnswered) = (false, true)
    state.answers += 1
    let known = Set(state.notices)
    for notice in answer.notices where !known.contains(notice) {
      events.append(.leftOut(source: source, reason: notice))
    }
    state.notices = answer.notices
    for part in answer.parts {
      let claims = part.claims.map { $0.inCluster(settings.cluster) }
      let verdict = state.withPart(part.name) { $0.received(part, claims, at: up) }
      isChanged = isChanged || verdict != .unchanged
      if case .doubted(let before, let now, isNew: true) = verdict {
        events.append(.doubted(source: source, before: before, now: now))
      }
    }
    let names = Set(answer.parts.map(\.name))
    // What a part of another name claimed may be what the parts of this answer are still to claim.
    let isSettled = answer.parts.allSatisfy(\.isSettled)
    for (name, part) in state.parts where isSettled && !names.contains(name) && part.count > 0 && !part.isDismissed {
      state.parts[name]?.dismiss(at: up)
      isChanged = true
    }
    states[source] = state
    if !answer.parts.contains(where: \.isPending) { awaited.remove(source) }
    if isSettled { unsynced.remove(source) }
    if settleStore(at: up) || isChanged { recompute(at: up) }
    return answer.parts.filter(\.isAskable).flatMap { part in
      states[source]?.parts[part.name]?.omittedClaims.map {
        OmittedEngine(part: part.name, id: $0.id, podUID: $0.podUID)
      } ?? []
    }
  }

  /// Takes the engines that a source was asked about and does not have. `answers`: whether an engine answers probes.
  mutating func denied(_ source: SourceID, _ engines: [OmittedEngine], at up: Duration, answers: (String) -> Bool) {
    var hasEnded = false
    for engine in engines {
      let omitted = states[source]?.parts[engine.part]?.omittedClaim(engine.id)
      guard let omitted, omitted.podUID == engine.podUID || engine.podUID.isEmpty else { continue }
      let isAlive = omitted.spec.flatMap { current.id(at: $0.place) }.map(answers) ?? false
      if states[source]?.parts[engine.part]?.denied(engine.id, answers: isAlive) == true { hasEnded = true }
    }
    if hasEnded { recompute(at: up) }
  }

  /// Notes that an engine does not answer any more: the claims of sources that have denied it end.
  mutating func unreachable(_ id: String, at up: Duration) {
    let claims = current.claims(on: id).filter { states[$0.source]?.parts[$0.part]?.isDenied($0.id) == true }
    guard !claims.isEmpty else { return }
    for claim in claims { end(claim) }
    recompute(at: up)
  }

  /// Notes that a source does not answer. Returns whether it did before.
  @discardableResult
  mutating func failed(_ source: SourceID, _ reason: String, at up: Duration) -> Bool {
    var state = states[source] ?? SourceState()
    let before = state.outage
    let isNew = before == nil || !state.isSilent
    (state.outage, state.isSilent) = (reason, true)
    state.failures += 1
    states[source] = state
    // Every new reason is logged: an operator who corrects one mistake needs to see the next.
    if before != reason { events.append(.failed(source: source, reason: reason)) }
    if isNew { recompute(at: up) }
    return isNew
  }

  /// Removes a source.
  mutating func drop(_ source: SourceID, at up: Duration) {
    states[source] = nil
    unsynced.remove(source)
    awaited.remove(source)
    _ = settleStore(at: up)
    recompute(at: up)
  }

  /// Notes that a source's query has changed.
  mutating func expectChange(of source: SourceID) {
    for name in states[source]?.parts.keys ?? [:].keys { states[source]?.parts[name]?.isChanged = true }
  }

  /// Believes removals that have stood for long enough, and stops waiting for sources that do not answer.
  mutating func passTime(to up: Duration) {
    for (source, state) in states.sorted(by: { $0.key < $1.key }) {
      var believed = 0
      for name in state.parts.keys {
        let shared = shared(source, name)
        if states[source]?.parts[name]?.passTime(to: up, isReachable: !state.isSilent, shared: shared) == true {
          believed += 1
        }
      }
      if believed > 0 { events.append(.believedAtLast(source: source)) }
    }
    if !awaited.isEmpty, up >= settings.sourceTimeout {
      events.append(.sweepWithout(awaited.sorted { $0.description < $1.description }))
      awaited = []
    }
    recompute(at: up)
  }

  /// When `passTime` has something to do; nil: never.
  func alarm(after up: Duration) -> Duration? {
    var times = states.flatMap { source, state in
      state.parts.compactMap { name, part in
        part.due(after: up, isReachable: !state.isSilent, shared: shared(source, name))
      }
    }
    if !awaited.isEmpty { times.append(settings.sourceTimeout) }
    return times.min()
  }

  /// The omitted engines of a part whose addresses another tenant has.
  private func shared(_ source: SourceID, _ part: String) -> Set<String> {
    Set(withheld.lazy.filter { $0.source == source && $0.part == part }.map(\.id))
  }

  /// Ends the store's own claims when every source that could know their engines has answered. Returns whether there
  /// were any.
  private mutating func settleStore(at up: Duration) -> Bool {
    guard unsynced.allSatisfy({ $0.kind == .peer }), let parts = states[.store]?.parts else { return false }
    var isChanged = false
    for (name, part) in parts where !part.isComplete {
      // An operator took the sources of these engines away.
      let none = SourcePart(name: name, engines: [], trust: name == Self.removed ? .declared : .reported)
      let verdict = states[.store]?.withPart(name) { $0.received(none, [], at: up) }
      if case .doubted(let before, let now, _) = verdict {
        events.append(.doubted(source: .store, before: before, now: now))
      }
      isChanged = true
    }
    return isChanged
  }

  /// The store's part for engines of sources that are not in the settings any more.
  private static let removed = "removed"

  private mutating func recompute(at up: Duration) {
    settleAddresses(at: up)
    let next = FleetClaims(states, withheld, after: current, at: up)
    for refusal in next.refused.subtracting(current.refused) { events.append(.refused(refusal)) }
    current = next
    isDirty = true
  }

  private var summary: SourceSummary {
    let silent = states.lazy.filter { $0.value.outage != nil }.map(\.key)
    return SourceSummary(
      unreachable: Set(silent).union(unsynced.subtracting(awaited)), silent: silentSources,
      isSynced: unsynced.isEmpty,
      isAwaited: !awaited.isEmpty,
      lacksQuietPeersAlone: unsynced.allSatisfy { $0.kind == .peer && states[$0]?.outage == nil },
      denied: denied, figures: states.filter { $0.key != .store }.mapValues { SourceFigures($0) })
  }

  /// The sources that have not answered or do not answer, with the reason.
  private var silentSources: [SourceID: String] {
    var silent = Dictionary(uniqueKeysWithValues: unsynced.map { ($0, "no answer yet") })
    for (source, state) in states { if let outage = state.outage { silent[source] = outage } }
    return silent
  }

  /// Ids of engines that their sources have denied, and that count because they answer.
  private var denied: Set<String> {
    let parts = states.values.flatMap(\.parts.values)
    return Set(parts.flatMap(\.deniedClaims).compactMap { $0.spec.flatMap { current.id(at: $0.place) } })
  }

  /// Ends a claim, whatever its source says.
  mutating func end(_ claim: ClaimRef) { states[claim.source]?.parts[claim.part]?.end(claim.id) }
}

/// How far the sources have answered.
struct SourceSummary: Sendable {
  /// Sources that do not answer: their engines may be missing or old.
  var unreachable: Set<SourceID> = []
  /// The sources that have not answered or do not answer, with the reason.
  var silent: [SourceID: String] = [:]
  /// Whether every part of every source has answered.
  var isSynced = false
  /// Whether the first sweep waits for a source.
  var isAwaited = true
  /// Whether the only answers that are missing are those of peers that answer, but wait themselves.
  var lacksQuietPeersAlone = false
  /// Ids of engines that their sources have denied, and that count because they answer.
  var denied: Set<String> = []
  /// The sources in numbers.
  var figures: [SourceID: SourceFigures] = [:]
}

extension SourcePart {
  fileprivate var claims: [Claim] { engines.map { .probed($0) } + unprobed.map { .unprobed($0) } }
  /// Whether the part has said what there is, or will not say it.
  fileprivate var isSettled: Bool { isComplete || outage == nil && !isPending }
}

extension Claim {
  /// The claim with the server's own cluster, where it names none.
  fileprivate func inCluster(_ cluster: String) -> Claim {
    switch self {
    case .probed(var spec):
      if spec.cluster.isEmpty { spec.cluster = cluster }
      return .probed(spec)
    case .unprobed(var engine):
      if engine.facts.cluster.isEmpty { engine.facts.cluster = cluster }
      return .unprobed(engine)
    }
  }
}
