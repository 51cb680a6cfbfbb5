import Catalog
import TestKit
import Testing

@testable import Fleet

@Suite("Engines that are not probed")
struct UnprobedEngineTests {
  func told(
    _ id: String, _ state: ModelState = .ready, via: [String] = [], models: [String]? = ["m"], endpoint: String = "",
    workload: String = ""
  ) -> UnprobedEngine {
    UnprobedEngine(
      facts: EngineFacts(
        id: id, endpoint: endpoint, cluster: via.first ?? "", via: via,
        condition: Condition(state: state, reason: "told", changedAt: Timestamp(microseconds: 5))),
      models: models?.map { ReplicaFacts(modelID: $0) }, workload: workload)
  }

  func received(
    _ fleet: inout FleetHarness, _ source: SourceID, _ told: [UnprobedEngine], engines: [EngineSpec] = [],
    isExplicit: Bool = true
  ) {
    fleet.received(
      SourceAnswer(source: source, engines: engines, unprobed: told, trust: isExplicit ? .declared : .reported))
  }

  func facts(_ fleet: FleetHarness, _ id: String) -> EngineFacts? { fleet.state.unprobed.engines[id]?.facts }

  @Test func `an unprobed engine is recorded as its source describes it, and never probed`() throws {
    var fleet = FleetHarness(expecting: ["peer/west"])
    received(&fleet, "peer/west", [told("west/e", via: ["west"], endpoint: "http://e:1")])
    let observations = fleet.state.outbox.take(9)
    guard observations.count == 1, case .engine(let facts, let models) = observations[0] else {
      Issue.record("\(observations)")
      return
    }
    #expect(facts.cluster == "west" && facts.condition.state == .ready && models.map(\.modelID) == ["m"])
    #expect(fleet.isSwept)
    #expect(fleet.state.turn(at: fleet.now).starts.isEmpty)
    received(&fleet, "peer/west", [told("west/e", via: ["west"], endpoint: "http://e:1")])
    #expect(fleet.state.outbox.queue.count == 0, "nothing new")
    received(&fleet, "peer/west", [])
    #expect(fleet.state.outbox.take(9).map(\.engineID) == ["west/e"])
    #expect(fleet.state.unprobed.engines.isEmpty)
  }

  @Test func `a peer's engines are UNREACHABLE while the peer is cut off, and COLD workloads stay COLD`() throws {
    var fleet = FleetHarness(expecting: ["peer/west", "kubernetes/k"])
    received(&fleet, "peer/west", [told("west/e", via: ["west"], endpoint: "http://e:1")])
    received(&fleet, "kubernetes/k", [told("ns/d", .cold)])
    _ = fleet.state.outbox.take(9)
    for source: SourceID in ["peer/west", "kubernetes/k"] {
      fleet.failed(source, "connection refused")
      fleet.failed(source, "connection refused")
    }
    #expect(fleet.state.sources.unreachable == ["kubernetes/k", "peer/west"])
    #expect(facts(fleet, "west/e")?.condition.state == .unreachable)
    #expect(facts(fleet, "west/e")?.condition.reason == "peer west does not answer: connection refused")
    #expect(facts(fleet, "ns/d")?.condition.state == .cold, "what is scaled to zero is so without Kubernetes")
    #expect(fleet.state.outbox.take(9).map(\.engineID) == ["west/e"])
    received(&fleet, "peer/west", [told("west/e", via: ["west"], endpoint: "http://e:1")])
    #expect(facts(fleet, "west/e")?.condition.state == .ready)
    #expect(fleet.state.sources.unreachable == ["kubernetes/k"])
    #expect(fleet.state.outbox.events.contains(.recovered(source: "peer/west")))
  }

  @Test func `a peer that is cut off after a restart costs no engine`() throws {
    let known = told("west/e", via: ["west"], endpoint: "http://e:1")
    let own = told("other/e", via: ["other"], endpoint: "http://o:1")
    var fleet = FleetHarness(
      expecting: ["peer/west", "static"], known: [(known.facts, known.models ?? []), (own.facts, own.models ?? [])])
    fleet.received([])
    fleet.failed("peer/west", "connection refused")
    let observations = fleet.state.outbox.take(9)
    let told = observations.compactMap { if case .engine(let facts, _) = $0 { facts } else { nil } }
    guard observations.count == 2, let facts = told.first,
      observations.contains(where: { if case .forgotten("other/e") = $0 { true } else { false } })
    else {
      Issue.record("\(observations)")
      return
    }
    #expect(facts.id == "west/e" && facts.condition.state == .unreachable)
    fleet.run(to: .seconds(7_200)) { _ in .refusedConnection }
    #expect(fleet.state.outbox.queue.count == 0, "not forgotten")
    received(&fleet, "peer/west", [known])
    guard case .engine(let back, _)? = fleet.state.outbox.take(9).first(where: { $0.engineID == "west/e" }) else {
      Issue.record("it is not told that it is back")
      return
    }
    #expect(back.condition.state == .ready)
  }

  @Test func `the peer with the shortest path counts, then the next peer that answers`() throws {
    var fleet = FleetHarness(expecting: ["peer/b", "peer/c"])
    received(&fleet, "peer/b", [told("a/e", .loading, via: ["a", "b"], endpoint: "http://e:1")])
    received(&fleet, "peer/c", [told("a/e", via: ["a"], endpoint: "http://e:1")])
    #expect(facts(fleet, "a/e")?.via == ["a"])
    #expect(fleet.state.unprobed.engines["a/e"]?.sources == ["peer/c", "peer/b"])
    fleet.failed("peer/c", "gone")
    #expect(facts(fleet, "a/e")?.via == ["a", "b"] && facts(fleet, "a/e")?.condition.state == .loading)
    received(&fleet, "peer/b", [])
    #expect(facts(fleet, "a/e")?.condition.state == .unreachable)
    received(&fleet, "peer/c", [])
    #expect(fleet.state.unprobed.engines.isEmpty)
  }

  @Test func `an unprobed engine that gets an address is probed and was never gone`() throws {
    var fleet = FleetHarness(expecting: ["kubernetes/k"])
    received(&fleet, "kubernetes/k", [told("ns/p:1", .loading)])
    _ = fleet.state.outbox.take(9)
    received(&fleet, "kubernetes/k", [], engines: [try EngineSpec(url: "http://10.0.0.1:1", id: "ns/p:1")])
    let observations = fleet.state.outbox.take(9)
    #expect(
      observations.allSatisfy {
        if case .engineOnly(let facts) = $0 { facts.endpoint == "http://10.0.0.1:1" } else { false }
      }, "\(observations)")
    #expect(fleet.engineState("ns/p:1") == .loading)
    fleet.run(to: .seconds(2)) { _ in .serving("m") }
    #expect(fleet.engineState("ns/p:1") == .ready)
  }

  @Test func `a workload that is scaled to zero keeps the models of its engines`() throws {
    var fleet = FleetHarness(expecting: ["kubernetes/k"])
    var pod = try EngineSpec(url: "http://10.0.0.1:1", id: "ns/p:1")
    pod.workload = "ns/d"
    received(&fleet, "kubernetes/k", [], engines: [pod])
    fleet.run(to: .seconds(2)) { _ in .serving("m") }
    // First the Deployment says 0, then the pod goes.
    let cold = told("ns/d", .cold, models: nil, workload: "ns/d")
    received(&fleet, "kubernetes/k", [cold], engines: [pod])
    received(&fleet, "kubernetes/k", [cold])
    #expect(fleet.state.unprobed.engines["ns/d"]?.models.map(\.modelID) == ["m"])
    _ = fleet.state.outbox.take(9)
    // The other way round: the last pod is gone before the Deployment says why.
    received(&fleet, "kubernetes/k", [told("ns/d", .loading, models: nil, workload: "ns/d")])
    #expect(fleet.state.unprobed.engines["ns/d"]?.models.map(\.modelID) == ["m"])
    #expect(facts(fleet, "ns/d")?.condition.state == .loading)
  }

  @Test func `a stand-in for an engine stays until the engine was probed`() throws {
    var fleet = FleetHarness(expecting: ["kubernetes/k"])
    received(&fleet, "kubernetes/k", [told("ns/d", .cold, workload: "ns/d")])
    _ = fleet.state.outbox.take(9)
    var pod = try EngineSpec(url: "http://10.0.0.1:1", id: "ns/p:1")
    pod.workload = "ns/d"
    received(&fleet, "kubernetes/k", [], engines: [pod])
    #expect(fleet.state.outbox.queue.count == 0, "its model would be gone for a moment")
    fleet.run(to: .seconds(1)) { _ in .serving("m") }
    #expect(fleet.state.outbox.take(9).map(\.engineID) == ["ns/p:1", "ns/d"])
    #expect(fleet.state.unprobed.engines.isEmpty)
  }

  @Test func `an engine that can be probed has no unprobed double`() throws {
    var fleet = FleetHarness(expecting: ["static", "peer/west"])
    fleet.received([try EngineSpec(url: "http://e:1", cluster: "west", id: "mine")])
    received(&fleet, "peer/west", [told("west/e", via: ["west"], endpoint: "http://e:1")])
    #expect(fleet.state.unprobed.engines.isEmpty)
    fleet.received([])
    #expect(fleet.state.unprobed.engines["west/e"] != nil)
  }

  @Test func `an engine without a cluster belongs to the server's own cluster`() throws {
    var settings = ProbeSettings()
    settings.cluster = "home"
    var fleet = FleetHarness(settings)
    fleet.received([try EngineSpec(url: "http://e:1")])
    fleet.run(to: .seconds(2)) { _ in .serving("m") }
    #expect(fleet.state.roster.members["e:1"]?.tracker.facts?.cluster == "home")
  }
}
