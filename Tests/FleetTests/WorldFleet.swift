import Catalog
import TestKit

@testable import Fleet

/// Rollcall's fleet as the world drives it, and the store that outlives it. No other file of the world touches the fleet's
/// state.
struct WorldFleet {
  /// A probe in flight.
  private struct Flight {
    var start: ProbeStart
    var probe: WorldProbe
    var ends: Duration
  }

  /// A probe that has ended, and what the fleet made of it.
  struct Landing {
    var request: ProbeRequest
    var deed: WorldDeed
    var at: Duration
    /// The engine as the fleet knew it before, and knows it after; nil: not at all.
    var before: KnownEngine?
    var after: KnownEngine?
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
    /// How long it may take.
    var patience: Duration
    /// Whether it requests a proof of life.
    var isProof: Bool
    var at: Duration
  }

  private let settings: ProbeSettings
  private var book: ClaimBook
  private var state: FleetState
  /// When this process started, in the world's time.
  private(set) var began: Duration
  private(set) var now: Duration
  private var flights: [Flight] = []
  /// When the claims have something to do; nil: never.
  private var alarm: Duration?
  /// Observations that the store does not have yet.
  private var unstored: [Observation] = []
  /// The engines as the store has them.
  private(set) var stored: [String: KnownEngine] = [:]
  /// The engines as the catalog lists them.
  private(set) var listed: [String: KnownEngine] = [:]
  /// Since when each seat is listed without a break, or this process runs.
  private(set) var listedSince: [Seat: Duration] = [:]
  /// The engines as the sink has them.
  private var recorded: [String: KnownEngine] = [:]
  /// The batch that the sink did not take, until it goes back to the others.
  private var refused: [Observation] = []
  /// Whether the sink cannot record.
  private(set) var isSinkFailing = false
  /// How far the wall clock is wrong.
  private var wallError: Duration = .zero
  /// The number of probes of each seat.
  private var attempts: [Seat: Int] = [:]
  /// What happened since it was last taken.
  private var removals: [Removal] = []
  private var probes: [Probe] = []
  private var landings: [Landing] = []

  init(_ settings: ProbeSettings, expecting sources: Set<SourceID>, seed: UInt64) {
    self.settings = settings
    (began, now) = (.zero, .zero)
    book = ClaimBook(expecting: sources, settings)
    state = FleetState(settings: settings, random: SeededGenerator(seed: seed))
    settle()
  }

  private var moment: Moment {
    Moment(wall: Timestamp(microseconds: 1_000_000_000_000_000) + now + wallError, up: now - began)
  }

  /// Ends the process without warning, and starts another one from the store after some time.
  mutating func restart(after pause: Duration, expecting sources: Set<SourceID>, seed: UInt64) {
    now += pause
    began = now
    (flights, unstored, refused) = ([], [], [])
    (listed, recorded) = (stored, stored)
    listedSince = Dictionary(listed.values.map { (Seat($0.facts), now) }) { first, _ in first }
    let known = stored.sorted { $0.key < $1.key }.map(\.value)
    book = ClaimBook(expecting: sources, settings, known: known)
    state = FleetState(settings: settings, known: known, random: SeededGenerator(seed: seed))
    settle()
  }

  /// Takes a source's answer; returns the engines that the source is to look up.
  mutating func received(_ answer: SourceAnswer) -> [OmittedEngine] {
    defer { settle() }
    return book.received(answer, at: now - began)
  }

  mutating func denied(_ source: SourceID, _ engines: [OmittedEngine]) {
    book.denied(source, engines, at: now - began) { [state] in state.answers($0) }
    settle()
  }

  mutating func failed(_ source: SourceID) {
    book.failed(source, "HTTP 503", at: now - began)
    settle()
  }

  mutating func expectChange(of source: SourceID) { book.expectChange(of: source) }

  mutating func drop(_ source: SourceID) {
    book.drop(source, at: now - began)
    settle()
  }

  /// Hands the changes of the claims on to the state, as the monitor does.
  private mutating func settle() {
    _ = book.takeEvents()
    var changes = book.takeChanges()
    repeat {
      state.apply(changes.next(32), at: moment)
      drain()
    } while !changes.isEmpty
    state.settle(changes.summary)
    alarm = book.alarm(after: now - began)
    drain()
  }

  /// Sets the wall clock; the monotonic clock goes on.
  mutating func setWallClock(wrongBy error: Duration) { wallError = error }

  /// Lets the sink fail, or heal: then it gets what waits.
  mutating func setSink(failing: Bool) {
    isSinkFailing = failing
    drain()
  }

  /// Ids of the engines that the sink has otherwise than the fleet.
  var unrecorded: [String] {
    Set(recorded.keys).union(listed.keys).sorted().filter { id in
      recorded[id]?.facts != listed[id]?.facts || recorded[id]?.models != listed[id]?.models
    }
  }

  /// Writes all recorded observations to the store.
  mutating func store() {
    for observation in unstored { Self.apply(observation, to: &stored) }
    unstored = []
  }

  /// Moves to a time; the truth answers the probes on the way.
  mutating func run(to end: Duration, _ truth: WorldTruth) async {
    while true {
      if let passed = alarm, passed <= now - began {
        book.passTime(to: now - began)
        settle()
      }
      let turn = state.turn(at: moment)
      for start in turn.starts { await fly(start, truth) }
      drain()
      // As the monitor does: a turn that only time calls for comes no sooner than 5 ms after the last.
      let wake = turn.wake.map { max(began + $0, now + .milliseconds(5)) }
      let times = [wake, alarm.map { began + $0 }, flights.map(\.ends).min()]
      guard let next = times.compactMap(\.self).min(), next <= end else { break }
      now = max(now, next)
      land()
    }
    now = end
  }

  /// Takes the outcomes of the probes that have ended.
  private mutating func land() {
    let landed = flights.filter { $0.ends <= now }
    flights.removeAll { $0.ends <= now }
    for flight in landed {
      let request = flight.start.request
      let before = known(request.spec.id)
      let found = state.finished(flight.start, flight.probe.outcome, took: flight.probe.took, at: moment)
      if found.counts {
        let after = known(request.spec.id)
        landings.append(Landing(request: request, deed: flight.probe.deed, at: now, before: before, after: after))
      }
      drain()
      guard found.isLost else { continue }
      book.unreachable(request.spec.id, at: now - began)
      settle()
    }
  }

  /// The engine as its tracker has it.
  private func known(_ id: String) -> KnownEngine? {
    guard let tracker = state.roster.members[id]?.tracker, let facts = tracker.facts else { return nil }
    return (facts, tracker.models ?? [])
  }

  private mutating func fly(_ start: ProbeStart, _ truth: WorldTruth) async {
    let spec = start.request.spec
    var key: String?
    if case .literal(let text) = spec.key { key = text }
    let attempt = attempts[Seat(spec), default: 0]
    attempts[Seat(spec)] = attempt + 1
    let probe = await truth.probe(start.request, attempt: attempt, at: now)
    let patience = start.request.timeout + (start.request.proof?.timeout ?? .zero)
    probes.append(Probe(seat: Seat(spec), key: key, patience: patience, isProof: start.request.proof != nil, at: now))
    flights.append(Flight(start: start, probe: probe, ends: now + probe.took))
  }

  /// Records the observations that wait, as the monitor does, in small batches.
  private mutating func drain() {
    if !state.outbox.events.isEmpty { _ = state.outbox.takeEvents() }
    // Meanwhile there may be news of the same engines.
    if !refused.isEmpty { state.outbox.putBack(refused) }
    refused = []
    while state.outbox.queue.count > 0 {
      let batch = state.outbox.take(isSinkFailing ? state.outbox.queue.count : 3)
      publish(batch)
      guard !isSinkFailing else {
        refused = batch
        return
      }
      for observation in batch { Self.apply(observation, to: &recorded) }
      unstored += batch
    }
  }

  /// Takes observations into the list; also those that it has already, because the sink did not take them.
  private mutating func publish(_ new: [Observation]) {
    let before = Set(listed.values.map { Seat($0.facts) })
    for observation in new { Self.apply(observation, to: &listed) }
    let after = Set(listed.values.map { Seat($0.facts) })
    removals += before.subtracting(after).sorted().map {
      Removal(seat: $0, at: now, listedSince: listedSince.removeValue(forKey: $0) ?? now)
    }
    for seat in after.subtracting(before) { listedSince[seat] = now }
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
      let condition = known.facts.condition
      return "\(id) at \(Seat(known.facts)): \(condition.state.name) \(condition.reason) [\(models)]"
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

  mutating func takeLandings() -> [Landing] {
    defer { landings = [] }
    return landings
  }

  /// The number of elements in all collections of the fleet's state.
  var size: Int { Self.elements(state, depth: 0) + Self.elements(book, depth: 0) }

  private static func elements(_ value: Any, depth: Int) -> Int {
    let mirror = Mirror(reflecting: value)
    guard depth < 7 else { return 0 }
    let isCollection = [.collection, .dictionary, .set].contains(mirror.displayStyle)
    let own = isCollection ? mirror.children.count : 0
    return mirror.children.reduce(own) { $0 + elements($1.value, depth: depth + 1) }
  }
}
