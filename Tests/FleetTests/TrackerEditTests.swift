import Catalog
import TestKit
import Testing

@testable import Fleet

@Suite("Edits of an engine's description")
struct TrackerEditTests {
  @Test func `an edit of labels changes nothing else`() throws {
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    let before = try #require(engine.facts)
    let (observation, isContactNew) = engine.tracker.edit(
      try EngineSpec(url: "http://host:8000", namespace: "team", labels: ["tier": "gold"]), at: engine.wall)
    engine.take(observation)
    var expected = before
    expected.namespace = "team"
    expected.labels = ["tier": "gold"]
    #expect(engine.facts == expected)
    #expect(engine.models?.count == 1)
    #expect(!isContactNew)
    #expect(engine.tracker.request.detected == .vllm, "what was detected still holds")
  }

  @Test func `an engine with another address is probed anew and keeps its state`() throws {
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    let (observation, isContactNew) = engine.tracker.edit(
      try EngineSpec(url: "http://other:8000", key: "k", id: "host:8000"), at: engine.wall)
    engine.take(observation)
    #expect(isContactNew)
    #expect(engine.facts?.endpoint == "http://other:8000")
    #expect(engine.state == .ready)
    #expect(engine.tracker.request.detected == nil && engine.tracker.request.wantsVersion)
  }

  @Test func `an edit to the same description changes nothing`() throws {
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    let (observation, isContactNew) = engine.tracker.edit(try EngineSpec(url: "http://host:8000"), at: engine.wall)
    #expect(observation == nil && !isContactNew)
  }

  @Test func `a doubt about an engine changes its reason and not its state`() throws {
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    let before = try #require(engine.facts)
    engine.take(engine.tracker.setPendingRemoval("dns", at: engine.wall))
    #expect(
      engine.facts?.condition
        == Condition(
          state: .ready, reason: "source dns no longer names it, which is not believed yet",
          changedAt: before.condition.changedAt))
    engine.probe(.refusedConnection)
    #expect(
      engine.facts?.condition.reason
        == "GET http://host:8000/v1/models: connection refused; source dns no longer names it, which is not believed yet"
    )
    engine.take(engine.tracker.setPendingRemoval(nil, at: engine.wall))
    #expect(engine.facts?.condition.reason == "GET http://host:8000/v1/models: connection refused")
  }
}
