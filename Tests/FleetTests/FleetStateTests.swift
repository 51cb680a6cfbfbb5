import Catalog
import TestKit
import Testing

@testable import Fleet

/// A fleet's claims and its state, and the hand that moves their clock.
struct FleetHarness {
  var book: ClaimBook
  var state: FleetState
  var up: Duration = .zero

  init(
    _ settings: ProbeSettings = ProbeSettings(), expecting: Set<SourceID> = ["static"], known: [KnownEngine] = [],
    orphans: [String] = []
  ) {
    book = ClaimBook(expecting: expecting, settings, known: known)
    state = FleetState(settings: settings, known: known, orphans: orphans, random: SeededGenerator(seed: 1))
    settle()
  }

  var now: Moment { Moment(wall: Timestamp(microseconds: 1_000_000_000) + up, up: up) }
  var isSwept: Bool { state.isSwept }

  mutating func received(_ engines: [EngineSpec], source: SourceID = "static", isExplicit: Bool = true) {
    received(SourceAnswer(source: source, engines: engines, trust: isExplicit ? .declared : .reported))
  }

  @discardableResult
  mutating func received(_ answer: SourceAnswer) -> [OmittedEngine] {
    defer { settle() }
    return book.received(answer, at: up)
  }

  mutating func denied(_ engines: [OmittedEngine], source: SourceID) {
    book.denied(source, engines, at: up) { [state] in state.answers($0) }
    settle()
  }

  mutating func failed(_ source: SourceID, _ reason: String) {
    book.failed(source, reason, at: up)
    settle()
  }

  mutating func drop(_ source: SourceID) {
    book.drop(source, at: up)
    settle()
  }

  /// Hands the changes of the claims on to the state.
  private mutating func settle() {
    for event in book.takeEvents() { state.outbox.note(event) }
    var changes = book.takeChanges()
    repeat { state.apply(changes.next(3), at: now) } while !changes.isEmpty
    state.settle(changes.summary)
  }

  /// Moves to a time, making the probes that come due on the way at once.
  mutating func run(to end: Duration, _ answer: (String) -> ProbeOutcome) {
    ask(to: end) { answer($0.request.spec.id) }
  }

  /// The same, with the request that is made.
  mutating func ask(to end: Duration, _ answer: (ProbeStart) -> ProbeOutcome) {
    var alarm = book.alarm(after: up)
    while true {
      if let passed = alarm, passed <= up {
        book.passTime(to: up)
        settle()
        alarm = book.alarm(after: up)
      }
      let turn = state.turn(at: now)
      for start in turn.starts {
        let found = state.finished(start, answer(start), took: .milliseconds(1), at: now)
        guard found.isLost else { continue }
        book.unreachable(start.request.spec.id, at: up)
        settle()
      }
      guard turn.starts.isEmpty else { continue }
      guard let wake = [turn.wake, alarm].compactMap(\.self).min(), wake <= end else { break }
      up = max(up, wake)
    }
    up = end
  }

  func engineState(_ id: String) -> ModelState? { state.roster.members[id]?.tracker.state }
}

@Suite("The fleet's state")
struct FleetStateTests {
  func engines(_ range: Range<Int>, labels: [String: String] = [:]) throws -> [EngineSpec] {
    try range.map { try EngineSpec(url: "http://e\($0):1", labels: labels, id: "e\($0)") }
  }

  @Test func `the sweep of a fleet without engines ends when the source has answered`() {
    var fleet = FleetHarness()
    #expect(!fleet.isSwept)
    fleet.received([])
    #expect(fleet.isSwept)
  }

  @Test func `the sweep ends when every engine was probed once`() throws {
    var fleet = FleetHarness()
    fleet.received(try engines(0..<3))
    fleet.up = .seconds(2)
    let starts = fleet.state.turn(at: fleet.now).starts
    #expect(starts.count == 3)
    fleet.state.finished(starts[0], .serving("m"), took: .zero, at: fleet.now)
    fleet.state.finished(starts[1], .timedOut, took: .zero, at: fleet.now)
    #expect(!fleet.isSwept)
    fleet.state.finished(starts[2], .refusedConnection, took: .zero, at: fleet.now)
    #expect(fleet.isSwept)
  }

  @Test func `the sweep does not end while no engine has ever answered`() throws {
    var fleet = FleetHarness()
    fleet.received(try engines(0..<3))
    fleet.run(to: .seconds(600)) { _ in .refusedConnection }
    #expect(!fleet.isSwept)
    fleet.run(to: .seconds(700)) { $0 == "e1" ? .serving("m") : .refusedConnection }
    #expect(fleet.isSwept)
  }

  @Test func `the sweep does not wait forever for a source that does not answer`() throws {
    var fleet = FleetHarness(expecting: ["static", "dns"])
    fleet.received(try engines(0..<1))
    fleet.run(to: .seconds(9)) { _ in .serving("m") }
    #expect(!fleet.isSwept)
    fleet.run(to: .seconds(10)) { _ in .serving("m") }
    #expect(fleet.isSwept)
    #expect(fleet.state.outbox.events.contains(.sweepWithout(["dns"])))
    #expect(fleet.state.sources.unreachable == ["dns"])
  }

  @Test func `an empty list is not ready while a source has never answered`() throws {
    var fleet = FleetHarness(expecting: ["static", "dns"])
    fleet.received([])
    fleet.run(to: .seconds(600)) { _ in .timedOut }
    #expect(!fleet.isSwept)
    fleet.received([], source: "dns")
    #expect(fleet.isSwept)
  }

  @Test func `every engine is probed once per interval, and the probes are spread`() throws {
    var fleet = FleetHarness()
    var count = 0
    fleet.received(try engines(0..<200))
    fleet.run(to: .seconds(1)) { _ in
      count += 1
      return .serving("m")
    }
    #expect(count == 200, "the first sweep is quick")
    var perSecond: [Int] = []
    for second in 2...41 {
      let before = count
      fleet.run(to: .seconds(second)) { _ in
        count += 1
        return .serving("m")
      }
      perSecond.append(count - before)
    }
    #expect((1_600...2_000).contains(count), "200 engines in 41 s with an interval of 5 s: \(count)")
    #expect(perSecond.max() ?? 0 < 100, "\(perSecond)")
  }

  @Test func `the concurrency is bounded, and engines that do not answer take half of it`() throws {
    var settings = ProbeSettings()
    settings.concurrency = 10
    var fleet = FleetHarness(settings)
    fleet.received(try engines(0..<100))
    fleet.run(to: .seconds(4)) { _ in .timedOut }
    fleet.received(try engines(0..<200))
    fleet.up = .seconds(60)
    let starts = fleet.state.turn(at: fleet.now).starts
    #expect(starts.count == 10 && starts.allSatisfy { $0.lane == .answering }, "those that may answer come first")
    for start in starts { fleet.state.finished(start, .serving("m"), took: .zero, at: fleet.now) }
    var inFlight: [ProbeStart] = []
    for _ in 0..<40 {
      fleet.up += .milliseconds(10)
      let more = fleet.state.turn(at: fleet.now).starts
      inFlight += more.filter { $0.lane == .unreachable }
      for start in more where start.lane == .answering {
        fleet.state.finished(start, .serving("m"), took: .zero, at: fleet.now)
      }
    }
    #expect(inFlight.count == 5)
    #expect(fleet.state.figures.flights == 5)
  }

  @Test func `no engine is forgotten while most engines are unreachable`() throws {
    var fleet = FleetHarness()
    fleet.received(try engines(0..<5))
    fleet.run(to: .seconds(2)) { _ in .serving("m") }
    fleet.run(to: .seconds(10_000)) { $0 == "e0" || $0 == "e1" ? .serving("m") : .refusedConnection }
    #expect(fleet.engineState("e4") == .unreachable, "three of five")
    #expect(fleet.state.outbox.events.contains(.mostlyUnreachable(true)))
    fleet.run(to: .seconds(10_600)) { $0 == "e4" ? .refusedConnection : .serving("m") }
    #expect(fleet.engineState("e4") == .unreachable, "its 15 minutes began when most came back")
    fleet.run(to: .seconds(11_000)) { $0 == "e4" ? .refusedConnection : .serving("m") }
    #expect(fleet.engineState("e4") == nil)
    #expect(fleet.state.roster.members["e4"] != nil, "it is still asked")
    fleet.run(to: .seconds(11_060)) { _ in .serving("m") }
    #expect(fleet.engineState("e4") == .ready)
  }

  @Test func `an edit of one engine does not disturb the others`() throws {
    var fleet = FleetHarness()
    fleet.received(try engines(0..<3))
    fleet.run(to: .seconds(2)) { _ in .serving("m") }
    _ = fleet.state.outbox.take(100)
    var edited = try engines(0..<2)
    edited[1] = try EngineSpec(url: "http://e1:1", labels: ["tier": "gold"], id: "e1")
    edited.append(try EngineSpec(url: "http://e9:1", id: "e9"))
    fleet.received(edited)
    let told = fleet.state.outbox.take(100)
    #expect(Set(told.map(\.engineID)) == ["e1", "e2"])
    #expect(fleet.state.roster.members["e2"] == nil)
    #expect(fleet.state.roster.members["e1"]?.tracker.facts?.labels == ["tier": "gold"])
    var asked: [String] = []
    fleet.run(to: fleet.up + .milliseconds(10)) {
      asked.append($0)
      return .serving("m")
    }
    #expect(asked == ["e9"])
  }

  @Test func `a probe of an engine that was edited or removed no longer counts`() throws {
    var fleet = FleetHarness()
    fleet.received(try engines(0..<2))
    fleet.up = .seconds(1)
    let starts = fleet.state.turn(at: fleet.now).starts.sorted { $0.request.spec.id < $1.request.spec.id }
    fleet.received([])
    fleet.received([try EngineSpec(url: "http://other:1", id: "e0")])
    for start in starts { fleet.state.finished(start, .serving("old"), took: .zero, at: fleet.now) }
    #expect(fleet.engineState("e0") == nil)
    #expect(fleet.state.figures.flights == 0)
    fleet.run(to: .seconds(2)) { _ in .serving("new") }
    #expect(fleet.engineState("e0") == .ready)
  }

  @Test func `an engine that a source omits without a reason stays, with a reason of its own`() throws {
    var fleet = FleetHarness(expecting: ["dns"])
    fleet.received(try engines(0..<10), source: "dns", isExplicit: false)
    fleet.run(to: .seconds(2)) { _ in .serving("m") }
    fleet.received(try engines(0..<1), source: "dns", isExplicit: false)
    fleet.received(try engines(0..<1), source: "dns", isExplicit: false)
    #expect(fleet.state.roster.members.count == 10)
    #expect(fleet.state.roster.members["e0"]?.tracker.facts?.condition.reason == "")
    #expect(
      fleet.state.roster.members["e5"]?.tracker.facts?.condition.reason
        == "source dns no longer names it, which is not believed yet")
    #expect(fleet.engineState("e5") == .ready)
    #expect(fleet.state.outbox.events.filter { $0 == .doubted(source: "dns", before: 10, now: 1) }.count == 1)
    fleet.run(to: .seconds(601)) { _ in .serving("m") }
    #expect(fleet.state.roster.members.count == 10)
    fleet.run(to: .seconds(603)) { _ in .serving("m") }
    #expect(fleet.state.roster.members.count == 1)
    #expect(fleet.state.outbox.events.contains(.believedAtLast(source: "dns")))
  }

  @Test func `a source does not remove an engine that another source names`() throws {
    var fleet = FleetHarness(expecting: [])
    fleet.received(try engines(0..<3))
    fleet.received(try engines(2..<4, labels: ["from": "dns"]), source: "dns")
    #expect(Set(fleet.state.roster.members.keys) == ["e0", "e1", "e2", "e3"])
    #expect(fleet.state.roster.members["e2"]?.tracker.spec.labels == [:], "the first one counts")
    fleet.received(try engines(0..<1))
    #expect(Set(fleet.state.roster.members.keys) == ["e0", "e2", "e3"])
    #expect(fleet.state.roster.members["e2"]?.tracker.spec.labels == ["from": "dns"])
  }
}
