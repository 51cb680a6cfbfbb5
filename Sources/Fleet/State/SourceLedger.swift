/// The sources' answers, and what the first sweep still waits for.
struct SourceLedger: Sendable {
  private(set) var states: [SourceID: SourceState] = [:]
  /// Sources that have not answered yet.
  private var unsynced: Set<SourceID>
  /// Unsynced sources that the first sweep waits for.
  private var awaited: Set<SourceID>
  /// Ids of engines that the first sweep waits for; nil when it is over.
  private var unswept: Set<String>? = []
  /// Whether the time of the first sweep is up.
  private var isSweepLate = false
  private let settings: ProbeSettings

  init(expecting sources: Set<SourceID>, _ settings: ProbeSettings) {
    unsynced = sources
    // Two peers that wait for each other would wait for ever.
    awaited = sources.filter { $0.kind != .peer }
    self.settings = settings
  }

  /// The sources in the order in which they count.
  var inOrder: [(id: SourceID, state: SourceState)] {
    states.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Sources that do not answer: their engines may be missing or old.
  var unreachable: Set<SourceID> {
    Set(states.lazy.filter { $0.value.outage != nil }.map(\.key)).union(unsynced.subtracting(awaited))
  }

  /// Whether every source has answered.
  var isSynced: Bool { unsynced.isEmpty }

  /// Whether the only answers that are missing are those of peers.
  var lacksPeersAlone: Bool { unsynced.allSatisfy { $0.kind == .peer } }

  func isSynced(_ source: SourceID) -> Bool { !unsynced.contains(source) }

  /// Takes the complete answer of a source; returns the events for the log.
  mutating func received(_ answer: SourceAnswer, _ claims: [Claim], at up: Duration) -> [FleetEvent] {
    let source = answer.source
    settle(source)
    var events: [FleetEvent] = []
    var state = states[source] ?? SourceState()
    if state.outage != nil, answer.outage == nil { events.append(.recovered(source: source)) }
    if let outage = answer.outage, state.outage != outage { events.append(.failed(source: source, reason: outage)) }
    state.outage = answer.outage
    state.hasAnswered = true
    state.answers += 1
    let before = state.sourceGuard.believed.count
    // Engines that are missing in a partial answer are not the ones that the new query leaves out.
    let isChanged = state.isChanged && answer.outage == nil
    if isChanged { state.isChanged = false }
    switch state.sourceGuard.received(
      claims, isExplicit: answer.parts.allSatisfy { $0.trust != .reported }, isChanged: isChanged,
      ended: answer.parts.reduce(into: []) { $0.formUnion($1.ended) }, at: up)
    {
    case .doubted(isNew: true): events.append(.doubted(source: source, before: before, now: claims.count))
    case .doubted(isNew: false), .believed: break
    }
    states[source] = state
    return events
  }

  /// Notes that a source does not answer. `isNew`: it did before.
  mutating func failed(_ source: SourceID, _ reason: String) -> (isNew: Bool, events: [FleetEvent]) {
    var state = states[source] ?? SourceState()
    let before = state.outage
    state.outage = reason
    state.failures += 1
    states[source] = state
    // Every new reason is logged: an operator who corrects one mistake needs to see the next.
    return (before == nil, before == reason ? [] : [.failed(source: source, reason: reason)])
  }

  /// Removes a source.
  mutating func drop(_ source: SourceID) {
    states[source] = nil
    settle(source)
  }

  /// Notes that a source's query has changed.
  mutating func expectChange(of source: SourceID) { states[source]?.isChanged = true }

  /// Believes removals that have stood for long enough, and stops waiting for sources that do not answer. `isChanged`:
  /// the believed claims changed.
  mutating func passTime(to up: Duration) -> (isChanged: Bool, events: [FleetEvent]) {
    var events: [FleetEvent] = []
    for source in states.keys where states[source]?.sourceGuard.passTime(to: up) == true {
      events.append(.believedAtLast(source: source))
    }
    let isChanged = !events.isEmpty
    if !awaited.isEmpty, up >= settings.sourceTimeout {
      events.append(.sweepWithout(awaited.sorted { $0.description < $1.description }))
      awaited = []
    }
    if unswept != nil, up >= settings.sweepTimeout { isSweepLate = true }
    return (isChanged, events)
  }

  /// Times at which `passTime` has something to do.
  var alarms: [Duration] {
    var times = states.values.compactMap(\.sourceGuard.due)
    if !awaited.isEmpty { times.append(settings.sourceTimeout) }
    if unswept != nil, !isSweepLate { times.append(settings.sweepTimeout) }
    return times
  }

  private mutating func settle(_ source: SourceID) {
    unsynced.remove(source)
    awaited.remove(source)
  }
}

/// The first sweep, which probes every engine once.
extension SourceLedger {
  var isSwept: Bool { unswept == nil }

  /// Whether the first sweep waits for nothing any more.
  var canEndSweep: Bool { unswept.map { ($0.isEmpty || isSweepLate) && awaited.isEmpty } ?? false }

  /// Whether an empty list is true: every source has answered, or the time of the missing peers is up.
  var isEmptyCertain: Bool {
    isSynced || isSweepLate && unsynced.allSatisfy { $0.kind == .peer && states[$0]?.outage == nil }
  }

  mutating func sweep(_ engineID: String) { unswept?.insert(engineID) }
  mutating func swept(_ engineID: String) { unswept?.remove(engineID) }

  /// Ends the first sweep; returns how many engines it did not reach.
  mutating func endSweep() -> Int {
    defer { unswept = nil }
    return unswept?.count ?? 0
  }
}
