import Catalog
import TestKit
import Testing

@testable import Fleet

@Suite("A stored engine and its first probe")
struct TrackerRestartTests {
  static let cold = ProbeOutcome.healthy(
    EngineReport(
      kind: .ollama, version: "1",
      models: [
        ReportedModel(ReplicaFacts(modelID: "b"), state: .cold, reason: "not loaded"),
        ReportedModel(ReplicaFacts(modelID: "a"), state: .ready),
      ]))

  @Test(arguments: [
    [ProbeOutcome.serving("b", "a")], [cold], [.loading("Loading model")], [.refused("401: check the key")],
    [.serving("m"), .refused("GET /health: 503")], [.broken("not JSON")], [.refusedConnection],
    [.serving("m"), .refusedConnection], [.serving("m"), .timedOut, .timedOut],
    [.healthy(.init(kind: .vllm, models: []))],
  ])
  func `a confirmed state is not recorded again`(outcomes: [ProbeOutcome]) throws {
    var engine = try TrackerHarness()
    for outcome in outcomes { engine.probe(outcome) }
    var again = engine.restarted()
    #expect(again.tracker.state == engine.state)
    #expect(again.tracker.refresh(at: again.wall) == nil)
    for _ in 0..<3 {
      let settled = again.probe(try #require(outcomes.last))
      #expect(settled.observation == nil && settled.change == nil)
    }
    #expect(again.tracker.facts == engine.facts)
  }

  @Test func `a version that the engine does not report this time stays`() throws {
    var engine = try TrackerHarness()
    engine.probe(.serving("m", version: "1"))
    var again = engine.restarted()
    #expect(again.tracker.request.wantsVersion)
    #expect(again.tracker.request.detected == .vllm)
    #expect(again.probe(.serving("m", version: nil)).observation == nil)
    again.probe(.serving("m", version: "2"))
    #expect(again.facts?.version == "2")
  }

  @Test func `the first failure after a restart is believed`() throws {
    for outcome in [ProbeOutcome.timedOut, .broken("not JSON")] {
      var engine = try TrackerHarness()
      engine.probe(.serving("m"))
      var again = engine.restarted()
      again.probe(outcome)
      #expect(again.state == (outcome == .timedOut ? .unreachable : .failed))
      #expect(again.facts?.condition.changedAt == again.wall)
      #expect(again.models?.count == 1)
    }
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    var again = engine.restarted()
    again.probe(.serving("m"))
    again.probe(.timedOut)
    #expect(again.state == .ready, "after a good answer it takes as many as always")
  }

  @Test func `a return after a restart takes the usual number of good answers`() throws {
    var settings = ProbeSettings()
    settings.rise = 2
    var engine = try TrackerHarness(settings)
    engine.probe(.serving("m"))
    engine.probe(.refusedConnection)
    var again = engine.restarted(settings)
    #expect(again.probe(.serving("m")).observation == nil)
    #expect(again.state == .unreachable)
    again.probe(.serving("m"))
    #expect(again.state == .ready)
  }

  @Test func `the time until an engine is forgotten begins anew after a restart`() throws {
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    engine.probe(.refusedConnection)
    engine.probe(.refusedConnection, after: .seconds(890))
    var again = engine.restarted()
    again.probe(.refusedConnection)
    again.probe(.refusedConnection, after: .seconds(899))
    #expect(again.state == .unreachable)
    again.probe(.refusedConnection, after: .seconds(1))
    #expect(again.facts == nil && again.models == nil)
  }

  @Test func `an edited description is recorded after a restart, and nothing else is`() throws {
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    let before = try #require(engine.facts)
    var again = engine.restarted(
      as: try EngineSpec(url: "http://host:8000", namespace: "team", labels: ["tier": "gold"]))
    again.take(again.tracker.refresh(at: again.wall))
    var expected = before
    (expected.namespace, expected.labels) = ("team", ["tier": "gold"])
    #expect(again.facts == expected)
    #expect(again.probe(.serving("m")).observation == nil)
    var moved = engine.restarted(as: try EngineSpec(url: "http://other:1", id: "host:8000"))
    #expect(moved.tracker.request.detected == nil, "what answers there may be another engine")
    moved.take(moved.tracker.refresh(at: again.wall))
    #expect(moved.facts?.endpoint == "http://other:1")
    #expect(moved.state == .ready)
  }

  @Test(arguments: [(StateCause.frozen, true), (.keyRefused, false)])
  func `the stored cause shows whether an engine was frozen, and no text does`(cause: StateCause, isFrozen: Bool) throws
  {
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    var facts = try #require(engine.facts)
    facts.condition = Condition(
      state: .failed, cause: cause, reason: "frozen: no token", changedAt: facts.condition.changedAt)
    engine.take(.engineOnly(facts))
    var again = engine.restarted()
    again.probe(.serving("m"))
    again.probe(.serving("m"))
    #expect(again.state == (isFrozen ? .failed : .ready))
    #expect(again.facts?.condition.cause == (isFrozen ? .frozen : StateCause.none))
  }

  @Test func `an engine that was starting is not READY before a probe says so`() throws {
    var spec = try EngineSpec(url: "http://host:8000")
    spec.lifecycle = .starting("pod is Pending")
    var engine = try TrackerHarness()
    engine.take(engine.tracker.edit(spec, at: engine.wall).observation)
    #expect(engine.state == .loading && engine.facts?.condition.cause == .starting)
    spec.lifecycle = .starting("pod is not Ready")
    var again = engine.restarted(as: spec)
    again.take(again.tracker.refresh(at: again.wall))
    #expect(again.facts?.condition.reason == "pod is not Ready")
    spec.lifecycle = .none
    again.take(again.tracker.edit(spec, at: again.wall).observation)
    #expect(again.state == .loading)
    again.probe(.serving("m"))
    #expect(again.state == .ready)
  }

  @Test func `a doubt is withdrawn when the source names the engine`() throws {
    for outcomes in [[ProbeOutcome.serving("m")], [.serving("m"), .refusedConnection]] {
      var engine = try TrackerHarness()
      for outcome in outcomes { engine.probe(outcome) }
      let before = try #require(engine.facts)
      engine.take(engine.tracker.setPendingRemoval("dns", at: engine.wall))
      #expect(engine.facts != before)
      var again = engine.restarted()
      again.take(again.tracker.refresh(at: again.wall))
      #expect(again.facts == before)
      #expect(again.probe(try #require(outcomes.last)).observation == nil)
    }
  }
}
