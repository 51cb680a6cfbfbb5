import Catalog
import TestKit
import Testing

@testable import Fleet

@Suite("A fleet that the store remembers")
struct FleetRestartTests {
  func engines(_ range: Range<Int>, labels: [String: String] = [:]) throws -> [EngineSpec] {
    try range.map { try EngineSpec(url: "http://e\($0):1", labels: labels, id: "e\($0)") }
  }

  /// What a store would know of engines after a day of probing.
  func known(
    _ range: Range<Int>, source: SourceID = "static", _ answer: (String) -> ProbeOutcome = { _ in .serving("m") }
  ) throws -> [KnownEngine] {
    var fleet = FleetHarness(expecting: [source])
    fleet.received(try engines(range), source: source)
    fleet.run(to: .seconds(20), answer)
    return fleet.state.outbox.take(1000).compactMap {
      switch $0 {
      case .engine(let facts, let models): (facts, models)
      case .engineOnly(let facts): (facts, [])
      case .forgotten: nil
      }
    }
  }

  @Test func `an unchanged fleet has no observation to record`() throws {
    func answer(_ id: String) -> ProbeOutcome {
      id == "e3" ? .refusedConnection : id == "e4" ? .broken("x") : .serving("m")
    }
    var fleet = FleetHarness(known: try known(0..<5, answer))
    fleet.received(try engines(0..<5))
    #expect(fleet.engineState("e3") == .unreachable && fleet.engineState("e0") == .ready)
    fleet.run(to: .seconds(60), answer)
    #expect(fleet.state.outbox.queue.count == 0)
    #expect(fleet.state.outbox.events.isEmpty)
    #expect(fleet.isSwept)
    #expect(fleet.state.figures.unknown == 0)
  }

  @Test func `a stored engine that no source names is forgotten`() throws {
    var fleet = FleetHarness(known: try known(0..<4), orphans: ["e2", "ghost"])
    fleet.received(try engines(1..<3))
    let told = fleet.state.outbox.take(10)
    #expect(told.map(\.engineID) == ["e0", "e3", "ghost"])
    for observation in told {
      guard case .forgotten = observation else {
        Issue.record("\(observation)")
        continue
      }
    }
    #expect(
      fleet.state.outbox.events.contains(
        .changed(StateChange(engineID: "e0", from: .ready, to: nil, reason: "no source names it any more"))))
    fleet.received(try engines(1..<3))
    #expect(fleet.state.outbox.queue.count == 0, "once")
  }

  @Test func `a source that does not answer costs no engine`() throws {
    let stored = try known(0..<1) + known(1..<3, source: "dns")
    var fleet = FleetHarness(expecting: ["static", "dns"], known: stored)
    fleet.received(try engines(0..<1))
    fleet.run(to: .seconds(60)) { _ in .serving("m") }
    #expect(fleet.isSwept, "it is not waited for")
    #expect(fleet.state.outbox.queue.count == 0)
    #expect(fleet.state.roster.members["e1"]?.sources == ["store"])
    fleet.received(try engines(1..<2), source: "dns", isExplicit: false)
    #expect(fleet.engineState("e1") == .ready && fleet.state.roster.members["e1"]?.sources == ["dns"])
    #expect(fleet.state.outbox.take(10).map(\.engineID) == ["e2"])
  }

  @Test func `the sweep ends though no engine answers`() throws {
    var fleet = FleetHarness(known: try known(0..<3))
    fleet.received(try engines(0..<5))
    #expect(!fleet.isSwept)
    fleet.run(to: .seconds(2)) { _ in .timedOut }
    #expect(fleet.isSwept)
    let told = fleet.state.outbox.take(10)
    #expect(told.count == 5)
    #expect((0..<5).allSatisfy { fleet.engineState("e\($0)") == .unreachable })
    #expect(fleet.state.outbox.events.contains(.mostlyUnreachable(true)))
  }

  @Test func `the sweep ends when its time is up`() throws {
    var fleet = FleetHarness(known: try known(0..<3))
    fleet.received(try engines(0..<3))
    fleet.up = .seconds(1)
    let starts = fleet.state.turn(at: fleet.now).starts
    #expect(starts.count == 3)
    fleet.state.finished(starts[0], .serving("m"), took: .zero, at: fleet.now)
    fleet.up = .seconds(29)
    #expect(fleet.state.turn(at: fleet.now).wake == .seconds(30))
    #expect(!fleet.isSwept)
    fleet.up = .seconds(30)
    _ = fleet.state.turn(at: fleet.now)
    #expect(fleet.isSwept)
    #expect(fleet.state.outbox.events == [.lateSweep(missing: 2)])
  }

  @Test func `the sweep does not end by time alone when nothing is stored`() throws {
    var fleet = FleetHarness()
    fleet.received(try engines(0..<2))
    fleet.up = .seconds(1)
    let starts = fleet.state.turn(at: fleet.now).starts
    fleet.up = .seconds(40)
    #expect(fleet.state.turn(at: fleet.now).wake == nil)
    #expect(!fleet.isSwept)
    fleet.state.finished(starts[0], .serving("m"), took: .zero, at: fleet.now)
    #expect(fleet.isSwept, "one answer is enough then")
  }

  @Test func `the sweep does not end while no stored engine has ever answered`() throws {
    var fleet = FleetHarness(known: try known(0..<2) { _ in .refusedConnection })
    fleet.received(try engines(0..<2))
    fleet.run(to: .seconds(100)) { _ in .refusedConnection }
    #expect(fleet.engineState("e0") == .unreachable)
    #expect(!fleet.isSwept)
  }

  @Test func `a sweep without the stored engines is a cold one`() throws {
    var fleet = FleetHarness(known: try known(0..<2))
    fleet.received(try engines(5..<7))
    fleet.run(to: .seconds(100)) { _ in .refusedConnection }
    #expect(!fleet.isSwept)
    fleet.run(to: .seconds(200)) { _ in .serving("m") }
    #expect(fleet.isSwept)
  }

  @Test func `an edited description is recorded at once`() throws {
    var fleet = FleetHarness(known: try known(0..<2))
    fleet.received(try engines(0..<1) + engines(1..<2, labels: ["tier": "gold"]))
    let told = fleet.state.outbox.take(10)
    guard told.count == 1, case .engineOnly(let facts) = told[0] else {
      Issue.record("\(told)")
      return
    }
    #expect(facts.id == "e1" && facts.labels == ["tier": "gold"] && facts.condition.state == .ready)
  }

  @Test func `the majority of unreachable engines counts from the start`() throws {
    func answer(_ id: String) -> ProbeOutcome { id == "e0" ? .serving("m") : .refusedConnection }
    var settings = ProbeSettings()
    settings.forgetAfter = .seconds(60)
    let stored = try known(0..<3).map { engine in
      var engine = engine
      if engine.facts.id != "e0" { engine.facts.condition.state = .unreachable }
      return engine
    }
    var fleet = FleetHarness(settings, known: stored)
    fleet.received(try engines(0..<3))
    #expect(fleet.state.isMostlyUnreachable)
    #expect(fleet.state.outbox.events == [.mostlyUnreachable(true)])
    fleet.run(to: .seconds(1000), answer)
    #expect(fleet.engineState("e2") == .unreachable, "nobody is forgotten meanwhile")
    fleet.run(to: .seconds(2000)) { $0 == "e2" ? .refusedConnection : .serving("m") }
    #expect(fleet.engineState("e2") == nil)
  }

  @Test func `the probes of stored engines spread over the interval`() throws {
    var fleet = FleetHarness(known: try known(0..<200))
    fleet.received(try engines(0..<200))
    fleet.run(to: .seconds(1)) { _ in .serving("m") }
    var perSecond: [Int] = []
    for second in 2...20 {
      var count = 0
      fleet.run(to: .seconds(second)) { _ in
        count += 1
        return .serving("m")
      }
      perSecond.append(count)
    }
    #expect(perSecond.max() ?? 0 < 100, "\(perSecond)")
  }
}
