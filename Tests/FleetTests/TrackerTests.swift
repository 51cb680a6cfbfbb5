import Catalog
import TestKit
import Testing

@testable import Fleet

@Suite("The tracker of one engine")
struct TrackerTests {
  @Test(arguments: [
    ([ProbeOutcome.serving("m")], ModelState.ready),
    ([.loading("Loading model")], .loading),
    ([.refused("401: check the key")], .failed),
    ([.broken("not JSON")], .failed),
    ([.timedOut], .unreachable),
    ([.refusedConnection], .unreachable),
    ([.serving("m"), .timedOut], .ready),
    ([.serving("m"), .timedOut, .serving("m"), .timedOut], .ready),
    ([.serving("m"), .timedOut, .timedOut], .unreachable),
    ([.serving("m"), .refusedConnection], .unreachable),
    ([.serving("m"), .broken("not JSON")], .ready),
    ([.serving("m"), .broken("not JSON"), .broken("not JSON")], .failed),
    ([.serving("m"), .timedOut, .broken("not JSON")], .failed),
    ([.serving("m"), .refused("GET /health: 503")], .failed),
    ([.serving("m"), .refused("GET /health: 503"), .timedOut], .unreachable),
    ([.loading("Loading model"), .timedOut], .loading),
    ([.loading("Loading model"), .timedOut, .timedOut], .unreachable),
    ([.loading("Loading model"), .serving("m")], .ready),
    ([.timedOut, .broken("not JSON")], .failed),
    ([.timedOut, .loading("Loading model")], .loading),
    ([.serving("m"), .refusedConnection, .serving("m")], .ready),
  ])
  func `an engine's state follows from its probes`(outcomes: [ProbeOutcome], state: ModelState) throws {
    var engine = try TrackerHarness()
    for outcome in outcomes { engine.probe(outcome) }
    #expect(engine.state == state)
    #expect(engine.tracker.state == state)
  }

  @Test func `an unchanged engine is not recorded`() throws {
    var engine = try TrackerHarness()
    engine.probe(.serving("a", "b"))
    #expect(engine.probe(.serving("b", "a")).observation == nil)
    #expect(engine.probe(.serving("a", "b", version: nil)).observation == nil)
    engine.probe(.refusedConnection)
    #expect(engine.probe(.timedOut).observation == nil, "another way not to answer is no news")
  }

  @Test func `models stay known while their engine is away`() throws {
    var engine = try TrackerHarness()
    engine.probe(.serving("a", "b"))
    let models = engine.models
    let outcomes: [ProbeOutcome] = [.refusedConnection, .broken("x"), .loading("y"), .refused("z")]
    for outcome in outcomes {
      engine.probe(outcome)
      #expect(engine.models == models)
    }
    engine.probe(.serving("b"))
    #expect(engine.models?.map(\.modelID) == ["b"])
  }

  @Test func `an engine that never answered is known without models`() throws {
    var engine = try TrackerHarness()
    engine.probe(.refusedConnection)
    #expect(
      engine.facts?.condition
        == Condition(
          state: .unreachable, cause: .connectionRefused, reason: "GET http://host:8000/v1/models: connection refused",
          changedAt: engine.wall))
    #expect(engine.facts?.endpoint == "http://host:8000")
    #expect(engine.facts?.kind == "")
    #expect(engine.models == nil)
  }

  @Test func `a state has the time of its change`() throws {
    var engine = try TrackerHarness()
    engine.probe(.refused("401: check the key"))
    let since = engine.wall
    engine.probe(.refused("403: check the key"))
    #expect(
      engine.facts?.condition
        == Condition(state: .failed, cause: .keyRefused, reason: "403: check the key", changedAt: since))
    engine.probe(.serving("m"))
    #expect(engine.facts?.condition == Condition(state: .ready, changedAt: engine.wall))
  }

  @Test func `a model's own state has its own time`() throws {
    func report(_ state: ModelState) -> ProbeOutcome {
      let model = ReportedModel(ReplicaFacts(modelID: "m"), state: state)
      return .healthy(EngineReport(kind: .ollama, version: "1", models: [model]))
    }
    var engine = try TrackerHarness()
    engine.probe(report(.cold))
    let cold = Condition(state: .cold, cause: .unloaded, changedAt: engine.wall)
    #expect(engine.probe(report(.cold)).observation == nil)
    #expect(engine.models?.first?.condition == cold)
    engine.probe(report(.ready))
    #expect(engine.models?.first?.condition == Condition(state: .ready, changedAt: engine.wall))
  }

  @Test func `a return takes as many good answers as configured`() throws {
    var settings = ProbeSettings()
    settings.rise = 3
    var engine = try TrackerHarness(settings)
    engine.probe(.serving("m"))
    #expect(engine.state == .ready, "the first contact needs one")
    engine.probe(.refusedConnection)
    #expect(engine.probe(.serving("m")).delay == .seconds(1))
    engine.probe(.timedOut)
    for _ in 0..<2 { engine.probe(.serving("m")) }
    #expect(engine.state == .unreachable)
    engine.probe(.serving("m"))
    #expect(engine.state == .ready)
  }

  @Test func `a returning engine may be of another kind`() throws {
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    #expect(engine.tracker.request.detected == .vllm)
    #expect(!engine.tracker.request.wantsVersion)
    engine.probe(.refusedConnection)
    #expect(engine.tracker.request.detected == .vllm, "its answers show whether it still is")
    #expect(engine.tracker.request.wantsVersion)
    #expect(engine.facts?.kind == "vllm", "what it was stays said until it is something else")
    engine.probe(.serving("m", kind: .llamacpp, version: nil))
    #expect(engine.facts?.kind == "llamacpp")
    #expect(engine.facts?.version == "", "the version was the other engine's")
  }

  @Test func `the delay between probes grows while an engine is down`() throws {
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    let delays = (0..<5).map { _ in engine.probe(.refusedConnection).delay }
    #expect(delays == [5, 10, 10, 10, 10].map { .seconds($0) })
    engine.probe(.serving("m"))
    #expect(engine.probe(.refusedConnection).delay == .seconds(5))
  }

  @Test func `a failure is followed by a second probe soon`() throws {
    var engine = try TrackerHarness()
    #expect(engine.probe(.serving("m")).delay == .seconds(5))
    #expect(engine.probe(.timedOut).delay == .seconds(1))
    #expect(engine.probe(.serving("m")).delay == .seconds(5))
    engine.probe(.broken("x"))
    #expect(engine.probe(.broken("x")).delay == .seconds(5), "a failed engine is asked at the usual pace")
  }

  @Test func `an UNREACHABLE engine is forgotten, and comes back when it answers`() throws {
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    engine.probe(.refusedConnection)
    engine.probe(.refusedConnection, after: .seconds(899))
    #expect(engine.state == .unreachable)
    let settled = engine.probe(.refusedConnection, after: .seconds(1))
    #expect(
      settled.change
        == StateChange(engineID: "host:8000", from: .unreachable, to: nil, reason: "did not answer for too long"))
    #expect(engine.facts == nil && engine.models == nil)
    #expect(engine.probe(.timedOut).observation == nil, "it is not known again by not answering")
    engine.probe(.serving("m"))
    #expect(engine.state == .ready)
    #expect(engine.models?.count == 1)
  }

  @Test func `no engine is forgotten while the clock that forgets stands still`() throws {
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    engine.probe(.refusedConnection)
    engine.probe(.refusedConnection, after: .seconds(100_000), isFrozen: true)
    #expect(engine.state == .unreachable)
    engine.probe(.refusedConnection, after: .seconds(900))
    #expect(engine.state == nil)
  }

  @Test func `the probe that forgets an engine comes in time`() throws {
    var settings = ProbeSettings()
    settings.forgetAfter = .seconds(8)
    var engine = try TrackerHarness(settings)
    engine.probe(.serving("m"))
    #expect(engine.probe(.refusedConnection).delay == .seconds(5))
    #expect(engine.probe(.refusedConnection, after: .seconds(5)).delay == .seconds(3))
    engine.probe(.refusedConnection, after: .seconds(3))
    #expect(engine.facts == nil)
  }

  @Test func `an engine may have a time-out of its own, which its stored claim keeps`() throws {
    let spec = try EngineSpec(argument: "http://host:8000,timeout=7s")
    var engine = try TrackerHarness()
    #expect(engine.tracker.request.timeout == .seconds(2))
    engine.take(engine.tracker.edit(spec, at: engine.wall).observation)
    #expect(engine.tracker.request.timeout == .seconds(7))
    engine.probe(.serving("m"))
    let facts = try #require(engine.facts)
    let stored = Claim.probed(spec).stored(source: .static, part: "", omittedMinutes: nil)
    #expect(Claim(stored, on: (facts, []))?.spec?.timeout == .seconds(7))
  }
}
