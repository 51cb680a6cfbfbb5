/// What the sources have said, and what the first sweep still waits for.
struct SourceLedger: Sendable {
  private(set) var states: [SourceID: SourceState] = [:]
  /// Sources that have not answered yet.
  private var unsynced: Set<SourceID>
  /// Those of them that the first sweep waits for.
  private var awaited: Set<SourceID>
  /// Engines that the first sweep waits for; nil when it is over.
  private var unswept: Set<String>? = []
  /// Whether the first sweep has had its time.
  private var isSweepLate = false
  private let settings: ProbeSettings

  init(expecting sources: Set<SourceID>, _ settings: ProbeSettings) {
    unsynced = sources
    // Two peers that wait for each other would wait for nothing.
    awaited = sources.filter { $0.kind != .peer }
    self.settings = settings
  }

  /// In the order in which they count.
  var inOrder: [(id: SourceID, state: SourceState)] {
    states.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Sources that do not answer: what they know may be missing or old.
  var unreachable: Set<SourceID> {
    Set(states.lazy.filter { $0.value.outage != nil }.map(\.key)).union(unsynced.subtracting(awaited))
  }

  /// Whether every source has answered.
  var isSynced: Bool { unsynced.isEmpty }

  /// Whether only answers of peers are missing.
  var lacksPeersAlone: Bool { unsynced.allSatisfy { $0.kind == .peer } }

  func isSynced(_ source: SourceID) -> Bool { !unsynced.contains(source) }

  /// Takes all that a source claims; returns what is to be logged.
  mutating func received(_ answer: SourceAnswer, _ claims: [Claim], at up: Duration) -> [FleetEvent] {
    let source = answer.source
    settle(source)
    var events: [FleetEvent] = []
    var state = states[source] ?? SourceState()
    if state.outage != nil, answer.outage == nil { events.append(.recovered(source: source)) }
    if let outage = answer.outage, state.outage != outage { events.append(.failed(source: source, reason: outage)) }
    state.outage = answer.outage
    state.hasSpoken = true
    state.answers += 1
    let before = state.sourceGuard.believed.count
    // What a part of it could not tell is not what it was told to leave out.
    let isChanged = state.isChanged && answer.outage == nil
    if isChanged { state.isChanged = false }
    switch state.sourceGuard.received(
      claims, isExplicit: answer.isExplicit, isChanged: isChanged, ended: answer.ended, at: up)
    {
    case .doubted(isNew: true): events.append(.doubted(source: source, before: before, now: claims.count))
    case .doubted(isNew: false), .believed: break
    }
    states[source] = state
    return events
  }

  /// Notes that a source cannot be asked. `isNew`: it could before.
  mutating func failed(_ source: SourceID, _ reason: String) -> (isNew: Bool, events: [FleetEvent]) {
    var state = states[source] ?? SourceState()
    let before = state.outage
    state.outage = reason
    state.failures += 1
    states[source] = state
    // An operator who mends one mistake is to read of the next.
    return (before == nil, before == reason ? [] : [.failed(source: source, reason: reason)])
  }

  /// A source is not asked any more.
  mutating func drop(_ source: SourceID) {
    states[source] = nil
    settle(source)
  }

  /// A source looks for something else from now on.
  mutating func expectChange(of source: SourceID) { states[source]?.isChanged = true }

  /// Believes what has stood for long enough, and stops waiting for sources that do not answer. `isChanged`: other
  /// claims count.
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

/// The first sweep, which asks every engine once.
extension SourceLedger {
  var isSwept: Bool { unswept == nil }

  /// Whether the first sweep has nothing more to wait for.
  var canEndSweep: Bool { unswept.map { ($0.isEmpty || isSweepLate) && awaited.isEmpty } ?? false }

  /// Whether an empty list is true: every source has answered, or the peers that have not have had their time.
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
