import Catalog
import FoundationEssentials
import TestKit
import Testing

@testable import Fleet

@Suite("Troubles of this process")
struct OwnFailureTests {
  static let missed = ProbeOutcome.ownFailure(.openFiles)
  static let reason = "not probed: this process has too many open files"

  @Test func `an engine that this process cannot probe keeps its state, with one change of its reason`() throws {
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    let changedAt = engine.facts?.condition.changedAt
    #expect(engine.probe(Self.missed).observation == nil)
    #expect(engine.facts?.condition.reason == "")
    #expect(engine.probe(Self.missed).observation != nil)
    for failure in OwnFailure.allCases where !failure.mayCutOff {
      for _ in 0..<500 { #expect(engine.probe(.ownFailure(failure)).observation == nil) }
    }
    #expect(engine.state == .ready)
    #expect(engine.facts?.condition.reason == Self.reason)
    #expect(engine.facts?.condition.changedAt == changedAt)
    #expect(engine.models?.map(\.modelID) == ["m"])
    #expect(engine.probe(.serving("m")).observation != nil)
    #expect(engine.facts?.condition.reason == "")
  }

  @Test func `an engine that this machine has lost its address for is UNREACHABLE after a minute`() throws {
    let noAddress = "not probed: this machine has no local address or port left"
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    for _ in 0..<12 { engine.probe(.ownFailure(.localPorts)) }
    #expect(engine.state == .ready && engine.facts?.condition.reason == noAddress)
    let settled = engine.probe(.ownFailure(.localPorts))
    #expect(engine.state == .unreachable && settled.change?.to == .unreachable)
    #expect(engine.facts?.condition.reason == "no recent answer; " + noAddress)
    #expect(engine.facts?.condition.cause == .noAnswer && engine.models?.map(\.modelID) == ["m"])
    for _ in 0..<1_000 { #expect(engine.probe(.ownFailure(.localPorts)).observation == nil) }
    var again = engine.restarted()
    again.probe(.timedOut)
    #expect(again.state == .unreachable && again.facts?.condition.reason == "no recent answer")
    #expect(again.probe(.serving("m")).observation != nil)
    #expect(again.state == .ready && again.facts?.condition.reason == "")
  }

  @Test func `a probe that is made begins the minute anew, and other troubles do not end it`() throws {
    var settings = ProbeSettings()
    (settings.interval, settings.fall) = (.seconds(60), 3)
    var engine = try TrackerHarness(settings)
    engine.probe(.serving("m"))
    engine.probe(.ownFailure(.localPorts))
    engine.probe(.serving("m"), after: .seconds(170))
    engine.probe(.ownFailure(.localPorts))
    engine.probe(Self.missed, after: .seconds(179))
    engine.probe(Self.missed)
    #expect(engine.state == .ready && engine.facts?.condition.reason.hasSuffix("too many open files") == true)
    engine.probe(.ownFailure(.localPorts))
    #expect(engine.state == .unreachable && engine.facts?.condition.reason.hasSuffix("address or port left") == true)
  }

  @Test func `an engine to which this machine never had a way is known and UNREACHABLE`() throws {
    var engine = try TrackerHarness()
    for _ in 0..<12 { engine.probe(.ownFailure(.localPorts)) }
    #expect(engine.facts == nil)
    engine.probe(.ownFailure(.localPorts))
    #expect(engine.state == .unreachable && engine.models == nil)
    engine.probe(.serving("m"))
    #expect(engine.state == .ready)
  }

  @Test func `a probe that was not made is repeated soon, and then in the usual rhythm`() throws {
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    #expect(engine.probe(Self.missed).delay == .seconds(1))
    for _ in 0..<3 { #expect(engine.probe(Self.missed).delay == .seconds(5)) }
  }

  @Test(arguments: 1...4)
  func `failures of the engine count between failures of this process`(fall: Int) throws {
    var settings = ProbeSettings()
    settings.fall = fall
    var engine = try TrackerHarness(settings)
    engine.probe(.serving("m"))
    for _ in 1..<fall {
      engine.probe(.timedOut)
      for _ in 0..<3 { engine.probe(Self.missed) }
      #expect(engine.state == .ready)
    }
    engine.probe(.timedOut)
    #expect(engine.state == .unreachable)
    #expect(engine.facts?.condition.reason == "GET http://host:8000/v1/models: timed out")
  }

  @Test func `good answers count between failures of this process`() throws {
    var settings = ProbeSettings()
    settings.rise = 3
    var engine = try TrackerHarness(settings)
    engine.probe(.refusedConnection)
    for _ in 1..<3 {
      engine.probe(.serving("m"))
      engine.probe(Self.missed)
      #expect(engine.state == .unreachable)
    }
    engine.probe(.serving("m"))
    #expect(engine.state == .ready)
  }

  @Test func `the reason of an UNREACHABLE engine keeps the first cause beside the trouble`() throws {
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    engine.probe(.refusedConnection)
    for _ in 0..<2 { engine.probe(Self.missed) }
    #expect(engine.facts?.condition.reason == "GET http://host:8000/v1/models: connection refused; " + Self.reason)
    #expect(engine.facts?.condition.cause == .connectionRefused)
    engine.probe(.timedOut)
    #expect(engine.facts?.condition.reason == "GET http://host:8000/v1/models: connection refused")
  }

  @Test func `an engine is not forgotten for time in which it was not probed`() throws {
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    engine.probe(.refusedConnection)
    for _ in 0..<1_000 { engine.probe(Self.missed) }
    #expect(engine.state == .unreachable, "an hour without a probe proves nothing")
    engine.probe(.timedOut)
    #expect(engine.state == .unreachable)
    engine.probe(.timedOut, after: .seconds(14 * 60))
    #expect(engine.state == .unreachable)
    engine.probe(.timedOut, after: .seconds(60))
    #expect(engine.state == nil)
    #expect(engine.probe(Self.missed).observation == nil)
    #expect(engine.probe(Self.missed).observation == nil)
  }

  @Test func `an engine that was never probed stays unknown`() throws {
    var engine = try TrackerHarness()
    for _ in 0..<10 { #expect(engine.probe(Self.missed).observation == nil) }
    #expect(engine.facts == nil)
    engine.probe(.serving("m"))
    #expect(engine.state == .ready)
    #expect(engine.facts?.condition.reason == "")
  }

  @Test func `a frozen engine stays frozen and a suspect is still asked`() throws {
    var report = EngineReport(kind: .vllm, version: "1", models: [ReportedModel(ReplicaFacts(modelID: "m"))])
    report.serverLoad = 2
    var engine = try TrackerHarness()
    for _ in 0..<14 { engine.probe(.healthy(report)) }
    let proof = engine.tracker.request.proof
    #expect(proof != nil)
    for _ in 0..<3 { engine.probe(Self.missed) }
    #expect(engine.tracker.request.proof == proof, "the probe with the proof was not made")
    report.proof = .failed("no token within 15 s")
    engine.probe(.healthy(report))
    for _ in 0..<3 { engine.probe(Self.missed) }
    #expect(engine.state == .failed)
    #expect(engine.facts?.condition.reason == "frozen: no token within 15 s; " + Self.reason)
    var again = engine.restarted()
    report.proof = nil
    again.probe(.healthy(report))
    #expect(again.state == .failed)
    #expect(again.facts?.condition.reason == "frozen: no token within 15 s")
  }

  @Test func `after a restart a failure of this process proves nothing, and the old trouble is not shown`() throws {
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    for _ in 0..<2 { engine.probe(Self.missed) }
    var again = engine.restarted()
    again.take(again.tracker.begin(at: again.wall))
    #expect(again.facts?.condition.reason == "")
    for _ in 0..<2 { again.probe(Self.missed) }
    #expect(again.state == .ready)
    #expect(again.facts?.condition.reason == Self.reason)
    again.probe(.timedOut)
    #expect(again.state == .unreachable, "the first failure after a restart is believed at once")
  }

  @Test func `the fleet logs its trouble once a minute, and the first sweep waits for engines that were not asked`()
    throws
  {
    var fleet = FleetHarness()
    fleet.received(try (0..<3).map { try EngineSpec(url: "http://e\($0):1", id: "e\($0)") })
    fleet.run(to: .seconds(10)) { $0 == "e0" ? .serving("m") : Self.missed }
    #expect(!fleet.isSwept)
    #expect(fleet.state.trouble == "2 engines are not probed: this process has too many open files")
    #expect(fleet.state.figures.counters.outcomes["own_failure"] ?? 0 > 2)
    fleet.run(to: .seconds(59)) { $0 == "e0" ? .serving("m") : Self.missed }
    #expect(fleet.isSwept, "its time is up")
    let lines = { (fleet: FleetHarness) in
      fleet.state.outbox.events.filter { if case .notProbed = $0 { true } else { false } }.count
    }
    #expect(lines(fleet) == 1)
    fleet.run(to: .seconds(70)) { $0 == "e0" ? .serving("m") : Self.missed }
    #expect(lines(fleet) == 2)
    #expect(!fleet.state.outbox.events.contains(.probedAgain))
    fleet.run(to: .seconds(80)) { _ in .serving("m") }
    #expect(fleet.state.trouble == nil)
    #expect(fleet.state.outbox.events.filter { $0 == .probedAgain }.count == 1)
    #expect(fleet.engineState("e2") == .ready)
  }

  @Test func `a model's own state is not judged by an answer that could not be requested`() async throws {
    let request = ProbeRequest(spec: try EngineSpec(url: "http://h:1", kind: "ollama"), timeout: .seconds(1))
    for missing in Ollama.dialect.parts.map(\.path) + ["/v1/models", "/api/version"] {
      var script = ProbeScript(request) { asked in
        if asked.path == missing { return .failure(.own(.openFiles)) }
        return .response(EngineResponse(status: 200, body: .init(#"{"object":"list","data":[],"models":[]}"#.utf8)))
      }
      #expect(await script.run() == .ownFailure(.openFiles), "\(missing)")
    }
  }
}
