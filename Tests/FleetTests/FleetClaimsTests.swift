import Catalog
import TestKit
import Testing

@testable import Fleet

@Suite("Claims of several sources")
struct FleetClaimsTests {
  func spec(
    _ url: String, id: String? = nil, namespace: String? = nil, cluster: String? = nil, uid: String = "",
    lifecycle: LifecycleHint = .none
  ) throws -> EngineSpec {
    var spec = try EngineSpec(url: url, namespace: namespace, cluster: cluster, id: id)
    spec.podUID = uid
    spec.lifecycle = lifecycle
    return spec
  }

  func served(_ fleet: inout FleetHarness, for time: Duration = .seconds(2)) {
    fleet.run(to: fleet.up + time) { _ in .serving("m") }
    _ = fleet.state.outbox.take(1_000)
    _ = fleet.state.outbox.takeEvents()
  }

  @Test func `an engine lives while any source claims it`() throws {
    var fleet = FleetHarness(expecting: ["static", "dns/x"])
    fleet.received([try spec("http://a:1", id: "mine")])
    fleet.received([try spec("http://a:1", id: "a:1"), try spec("http://b:1")], source: "dns/x")
    served(&fleet)
    #expect(Set(fleet.state.roster.members.keys) == ["mine", "b:1"])
    #expect(fleet.state.roster.members["mine"]?.sources == ["static", "dns/x"])
    fleet.received([])
    #expect(Set(fleet.state.roster.members.keys) == ["mine", "b:1"], "the name stays when who gave it is gone")
    #expect(fleet.engineState("mine") == .ready)
    guard case .engineOnly(let facts)? = fleet.state.outbox.take(9).first else {
      Issue.record("the store does not learn who claims the engine now")
      return
    }
    #expect(facts.claims.map(\.sourceKind) == ["dns"] && facts.condition.state == .ready)
    fleet.received([], source: "dns/x")
    #expect(fleet.state.roster.members.isEmpty)
    #expect(Set(fleet.state.outbox.take(9).map(\.engineID)) == ["mine", "b:1"])
  }

  @Test func `the source that named an engine may rename it`() throws {
    var fleet = FleetHarness()
    fleet.received([try spec("http://a:1", id: "old")])
    served(&fleet)
    fleet.received([try spec("http://a:1", id: "new")])
    #expect(Set(fleet.state.roster.members.keys) == ["new"])
  }

  @Test func `the first source in order describes the engine`() throws {
    var fleet = FleetHarness()
    var found = try spec("http://a:1", uid: "u1", lifecycle: .ending("pod is terminating"))
    found.resources = ["nvidia.com/gpu": 2]
    fleet.received([found], source: "kubernetes/k", isExplicit: false)
    fleet.received([try EngineSpec(url: "http://a:1", kind: "vllm", labels: ["tier": "gold"])])
    let member = try #require(fleet.state.roster.members["a:1"])
    #expect(member.sources == ["static", "kubernetes/k"])
    #expect(member.tracker.spec.kind == .vllm && member.tracker.spec.labels == ["tier": "gold"])
    #expect(member.tracker.spec.podUID == "u1" && member.tracker.spec.resources == ["nvidia.com/gpu": 2])
    fleet.run(to: .seconds(2)) { _ in .serving("m") }
    #expect(fleet.engineState("a:1") == .draining)
  }

  @Test func `the same address in another namespace is another engine`() throws {
    var fleet = FleetHarness()
    fleet.received([try spec("http://a:1", namespace: "team-a")])
    served(&fleet)
    fleet.received(
      [try spec("http://a:1", id: "team-b/a:1", namespace: "team-b", lifecycle: .ending("gone"))],
      source: "registration")
    served(&fleet)
    #expect(fleet.engineState("a:1") == .ready)
    #expect(fleet.engineState("team-b/a:1") == .draining)
    fleet.received([], source: "registration")
    #expect(Set(fleet.state.roster.members.keys) == ["a:1"])
  }

  @Test func `an id that another engine has is refused`() throws {
    var fleet = FleetHarness()
    fleet.received([try spec("http://a:1", id: "x", namespace: "team-a")])
    served(&fleet)
    for _ in 1...2 { fleet.received([try spec("http://b:1", id: "x", namespace: "team-b")], source: "registration") }
    #expect(fleet.state.roster.members["x"]?.tracker.spec.url.host == "a")
    #expect(fleet.engineState("x") == .ready)
    #expect(
      fleet.state.outbox.events == [.refused(FleetClaims.Refused(source: "registration", id: "x", url: "http://b:1"))],
      "once")
    fleet.received([])
    #expect(fleet.state.roster.members["x"]?.tracker.spec.url.host == "b", "whoever had it is gone")
  }

  @Test func `an engine with another pod is another process`() throws {
    var fleet = FleetHarness(expecting: ["kubernetes/k"])
    fleet.received([try spec("http://a:1", id: "ns/p:1", uid: "u1")], source: "kubernetes/k", isExplicit: false)
    served(&fleet)
    #expect(fleet.engineState("ns/p:1") == .ready)
    fleet.received([try spec("http://a:1", id: "ns/p:1", uid: "u2")], source: "kubernetes/k", isExplicit: false)
    let told = fleet.state.outbox.take(9)
    guard told.count == 1, case .forgotten("ns/p:1") = told[0] else {
      Issue.record("\(told)")
      return
    }
    #expect(fleet.engineState("ns/p:1") == nil)
    served(&fleet)
    #expect(fleet.engineState("ns/p:1") == .ready)
  }

  @Test(arguments: [
    (LifecycleHint.starting("s"), true, ModelState.loading), (.starting("s"), false, .loading),
    (.unready("u"), true, .loading), (.unready("u"), false, .unreachable), (.failing("f"), true, .failed),
    (.failing("f"), false, .failed), (.ending("e"), true, .draining), (.ending("e"), false, .unreachable),
    (.none, true, .ready), (.none, false, .unreachable),
  ])
  func `the source's hint and the probes make the state`(lifecycle: LifecycleHint, answers: Bool, state: ModelState)
    throws
  {
    var fleet = FleetHarness(expecting: ["kubernetes/k"])
    var engine = try spec("http://a:1", lifecycle: lifecycle)
    engine.models = ["declared"]
    fleet.received([engine], source: "kubernetes/k", isExplicit: false)
    fleet.run(to: .seconds(60)) { _ in answers ? .serving("m") : .refusedConnection }
    let facts = try #require(fleet.state.roster.members["a:1"]?.tracker.facts)
    #expect(facts.condition.state == state)
    #expect(fleet.state.roster.members["a:1"]?.tracker.models?.map(\.modelID) == [answers ? "m" : "declared"])
  }

  @Test func `an engine whose pod starts is LOADING before any probe`() throws {
    var fleet = FleetHarness(expecting: ["kubernetes/k"])
    var engine = try spec("http://a:1", lifecycle: .starting("pod is not Ready"))
    engine.models = ["declared"]
    fleet.received([engine], source: "kubernetes/k", isExplicit: false)
    guard case .engine(let facts, let models)? = fleet.state.outbox.take(1).first else {
      Issue.record("nothing is told")
      return
    }
    #expect(facts.condition.state == .loading && facts.condition.reason == "pod is not Ready")
    #expect(models.map(\.modelID) == ["declared"])
    fleet.run(to: .seconds(3_600)) { _ in .refusedConnection }
    #expect(fleet.engineState("a:1") == .loading, "it is not forgotten for being silent")
    engine.lifecycle = .none
    fleet.received([engine], source: "kubernetes/k", isExplicit: false)
    fleet.run(to: fleet.up + .milliseconds(10)) { _ in .serving("m") }
    #expect(fleet.engineState("a:1") == .ready, "its source says that it is ready: it is asked at once")
  }
}
