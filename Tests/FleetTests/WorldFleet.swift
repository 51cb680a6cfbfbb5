import Catalog
import TestKit

@testable import Fleet

/// Rollcall's fleet as the world drives it, and the store that outlives it. No other file of the world touches the fleet's
/// state.
struct WorldFleet {
  /// A probe in flight.
  private struct Flight {
    var start: ProbeStart
    var outcome: ProbeOutcome
    var took: Duration
    var ends: Duration
  }

  /// An engine that is listed no more.
  struct Removal {
    var seat: Seat
    var at: Duration
    var listedSince: Duration
  }

  /// A probe that was started.
  struct Probe {
    var seat: Seat
    var key: String?
    var outcome: ProbeOutcome
    var at: Duration
  }

  private let settings: ProbeSettings
  private var state: FleetState
  /// When this process started, in the world's time.
  private(set) var began: Duration
  private(set) var now: Duration
  private var flights: [Flight] = []
  /// Observations that the store does not have yet.
  private var unstored: [Observation] = []
  /// The engines as the store has them.
  private(set) var stored: [String: KnownEngine] = [:]
  /// The engines as the catalog lists them.
  private(set) var listed: [String: KnownEngine] = [:]
  /// Since when each seat is listed without a break, or this process runs.
  private(set) var listedSince: [Seat: Duration] = [:]
  /// Removals and probes since they were last taken.
  private var removals: [Removal] = []
  private var probes: [Probe] = []

  init(_ settings: ProbeSettings, expecting sources: Set<SourceID>, seed: UInt64) {
    self.settings = settings
    (began, now) = (.zero, .zero)
    state = FleetState(settings: settings, expecting: sources, random: SeededGenerator(seed: seed))
  }

  private var moment: Moment {
    Moment(wall: Timestamp(microseconds: 1_000_000_000) + now, up: now - began)
  }

  /// Ends the process without warning, and starts another one from the store after some time.
  mutating func restart(after pause: Duration, expecting sources: Set<SourceID>, seed: UInt64) {
    now += pause
    began = now
    (flights, unstored) = ([], [])
    listed = stored
    listedSince = Dictionary(listed.values.map { (Seat($0.facts), now) }) { first, _ in first }
    let known = stored.sorted { $0.key < $1.key }.map(\.value)
    state = FleetState(settings: settings, expecting: sources, known: known, random: SeededGenerator(seed: seed))
    drain()
  }

  /// Takes a source's answer; returns the engines that the source is to look up.
  mutating func received(_ answer: SourceAnswer) -> [OmittedEngine] {
    state.received(answer, at: moment)
    drain()
    return []
  }

  mutating func denied(_ source: SourceID, _ engines: [OmittedEngine]) {
    drain()
  }

  mutating func failed(_ source: SourceID) {
    state.failed(source, "HTTP 503", at: moment)
    drain()
  }

  mutating func expectChange(of source: SourceID) { state.expectChange(of: source) }

  mutating func drop(_ source: SourceID) {
    state.drop(source, at: moment)
    drain()
  }

  /// Writes all observations to the store.
  mutating func store() {
    for observation in unstored { Self.apply(observation, to: &stored) }
    unstored = []
  }

  /// Moves to a time; the truth answers the probes on the way.
  mutating func run(to end: Duration, _ truth: WorldTruth) {
    while true {
      let turn = state.turn(at: moment)
      for start in turn.starts { fly(start, truth) }
      drain()
      // As the monitor does: a turn that only time calls for comes no sooner than 5 ms after the last.
      let wake = turn.wake.map { max(began + $0, now + .milliseconds(5)) }
      guard let next = [wake, flights.map(\.ends).min()].compactMap(\.self).min(), next <= end else { break }
      now = max(now, next)
      let landed = flights.filter { $0.ends <= now }
      flights.removeAll { $0.ends <= now }
      for flight in landed { state.finished(flight.start, flight.outcome, took: flight.took, at: moment) }
      drain()
    }
    now = end
  }

  private mutating func fly(_ start: ProbeStart, _ truth: WorldTruth) {
    let spec = start.request.spec
    var key: String?
    if case .literal(let text) = spec.key { key = text }
    let (outcome, took) = truth.probe(spec.url.description, key: key, timeout: start.request.timeout)
    probes.append(Probe(seat: Seat(spec), key: key, outcome: outcome, at: now))
    flights.append(Flight(start: start, outcome: outcome, took: took, ends: now + took))
  }

  /// Publishes the observations that wait.
  private mutating func drain() {
    if !state.outbox.events.isEmpty { _ = state.outbox.takeEvents() }
    guard state.outbox.queue.count > 0 else { return }
    let new = state.outbox.take(state.outbox.queue.count)
    let before = Set(listed.values.map { Seat($0.facts) })
    for observation in new { Self.apply(observation, to: &listed) }
    let after = Set(listed.values.map { Seat($0.facts) })
    removals += before.subtracting(after).sorted().map {
      Removal(seat: $0, at: now, listedSince: listedSince.removeValue(forKey: $0) ?? now)
    }
    for seat in after.subtracting(before) { listedSince[seat] = now }
    unstored += new
  }

  /// As the catalog applies an observation.
  private static func apply(_ observation: Observation, to engines: inout [String: KnownEngine]) {
    switch observation {
    case .engine(let facts, let models): engines[facts.id] = (facts, models)
    case .engineOnly(let facts): engines[facts.id] = (facts, engines[facts.id]?.models ?? [])
    case .forgotten(let id): engines[id] = nil
    }
  }

  /// The list in words.
  var words: String {
    listed.sorted { $0.key < $1.key }.map { id, known in
      let models = known.models.map(\.modelID).joined(separator: " ")
      return "\(id) at \(Seat(known.facts)): \(known.facts.condition.state.name) [\(models)]"
    }.joined(separator: ", ")
  }

  mutating func takeRemovals() -> [Removal] {
    defer { removals = [] }
    return removals
  }

  mutating func takeProbes() -> [Probe] {
    defer { probes = [] }
    return probes
  }

  /// The number of elements in all collections of the fleet's state.
  var size: Int { Self.elements(state, depth: 0) }

  private static func elements(_ value: Any, depth: Int) -> Int {
    let mirror = Mirror(reflecting: value)
    guard depth < 7 else { return 0 }
    let isCollection = [.collection, .dictionary, .set].contains(mirror.displayStyle)
    let own = isCollection ? mirror.children.count : 0
    return mirror.children.reduce(own) { $0 + elements($1.value, depth: depth + 1) }
  }
}
