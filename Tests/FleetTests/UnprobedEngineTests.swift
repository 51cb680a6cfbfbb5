import Catalog
import TestKit
import Testing

@testable import Fleet

@Suite("Engines that are told, not probed")
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

  func hear(
    _ fleet: inout FleetHarness, _ source: String, _ told: [UnprobedEngine], engines: [EngineSpec] = [],
    isExplicit: Bool = true
  ) {
    fleet.state.hear(
      SourceAnswer(source: source, engines: engines, told: told, isExplicit: isExplicit), at: fleet.now)
  }

  func facts(_ fleet: FleetHarness, _ id: String) -> EngineFacts? { fleet.state.told[id]?.facts }

  @Test func theyAreRecordedAsTheyAreToldAndNeverProbed() throws {
    var fleet = FleetHarness(expecting: ["peer/west"])
    hear(&fleet, "peer/west", [told("west/e", via: ["west"], endpoint: "http://e:1")])
    let observations = fleet.state.queue.take(9)
    guard observations.count == 1, case .engine(let facts, let models) = observations[0] else {
      Issue.record("\(observations)")
      return
    }
    #expect(facts.cluster == "west" && facts.condition.state == .ready && models.map(\.modelID) == ["m"])
    #expect(fleet.isSwept)
    #expect(fleet.state.turn(at: fleet.now).starts.isEmpty)
    hear(&fleet, "peer/west", [told("west/e", via: ["west"], endpoint: "http://e:1")])
    #expect(fleet.state.queue.count == 0, "nothing new")
    hear(&fleet, "peer/west", [])
    #expect(fleet.state.queue.take(9).map(\.engineID) == ["west/e"])
    #expect(fleet.state.told.isEmpty)
  }

  @Test func whatAPeerToldIsLastKnownWhileItIsCutOff() throws {
    var fleet = FleetHarness(expecting: ["peer/west", "kubernetes/k"])
    hear(&fleet, "peer/west", [told("west/e", via: ["west"], endpoint: "http://e:1")])
    hear(&fleet, "kubernetes/k", [told("ns/d", .cold)])
    _ = fleet.state.queue.take(9)
    for source in ["peer/west", "kubernetes/k"] {
      fleet.state.silent(source, "connection refused", at: fleet.now)
      fleet.state.silent(source, "connection refused", at: fleet.now)
    }
    #expect(fleet.state.unreachableSources == ["kubernetes/k", "peer/west"])
    #expect(facts(fleet, "west/e")?.condition.state == .unreachable)
    #expect(facts(fleet, "west/e")?.condition.reason == "peer west does not answer: connection refused")
    #expect(facts(fleet, "ns/d")?.condition.state == .cold, "what is scaled to zero is so without Kubernetes")
    #expect(fleet.state.queue.take(9).map(\.engineID) == ["west/e"])
    hear(&fleet, "peer/west", [told("west/e", via: ["west"], endpoint: "http://e:1")])
    #expect(facts(fleet, "west/e")?.condition.state == .ready)
    #expect(fleet.state.unreachableSources == ["kubernetes/k"])
    #expect(fleet.state.notes.contains(.heardAgain(source: "peer/west")))
  }

  @Test func afterARestartAPeerThatIsCutOffCostsNothing() throws {
    let known = told("west/e", via: ["west"], endpoint: "http://e:1")
    let own = told("other/e", via: ["other"], endpoint: "http://o:1")
    var fleet = FleetHarness(
      expecting: ["peer/west", "static"], known: [(known.facts, known.models ?? []), (own.facts, own.models ?? [])])
    fleet.hear([])
    fleet.state.silent("peer/west", "connection refused", at: fleet.now)
    let observations = fleet.state.queue.take(9)
    guard observations.count == 2, case .forgotten("other/e") = observations[0],
      case .engineOnly(let facts) = observations[1]
    else {
      Issue.record("\(observations)")
      return
    }
    #expect(facts.id == "west/e" && facts.condition.state == .unreachable)
    fleet.run(to: .seconds(7_200)) { _ in .refusedConnection }
    #expect(fleet.state.queue.count == 0, "not forgotten")
    hear(&fleet, "peer/west", [known])
    guard case .engine(let back, _)? = fleet.state.queue.take(9).first(where: { $0.engineID == "west/e" }) else {
      Issue.record("it is not told that it is back")
      return
    }
    #expect(back.condition.state == .ready)
  }

  @Test func theShortestWayCountsAndThenWhoAnswers() throws {
    var fleet = FleetHarness(expecting: ["peer/b", "peer/c"])
    hear(&fleet, "peer/b", [told("a/e", .loading, via: ["a", "b"], endpoint: "http://e:1")])
    hear(&fleet, "peer/c", [told("a/e", via: ["a"], endpoint: "http://e:1")])
    #expect(facts(fleet, "a/e")?.via == ["a"])
    #expect(fleet.state.told["a/e"]?.sources == ["peer/c", "peer/b"])
    fleet.state.silent("peer/c", "gone", at: fleet.now)
    #expect(facts(fleet, "a/e")?.via == ["a", "b"] && facts(fleet, "a/e")?.condition.state == .loading)
    hear(&fleet, "peer/b", [])
    #expect(facts(fleet, "a/e")?.condition.state == .unreachable)
    hear(&fleet, "peer/c", [])
    #expect(fleet.state.told.isEmpty)
  }

  @Test func whoGetsAnAddressIsProbedAndWasNeverGone() throws {
    var fleet = FleetHarness(expecting: ["kubernetes/k"])
    hear(&fleet, "kubernetes/k", [told("ns/p:1", .loading)])
    _ = fleet.state.queue.take(9)
    hear(&fleet, "kubernetes/k", [], engines: [try EngineSpec(url: "http://10.0.0.1:1", id: "ns/p:1")])
    let observations = fleet.state.queue.take(9)
    #expect(
      observations.allSatisfy {
        if case .engineOnly(let facts) = $0 { facts.endpoint == "http://10.0.0.1:1" } else { false }
      }, "\(observations)")
    #expect(fleet.engineState("ns/p:1") == .loading)
    fleet.run(to: .seconds(2)) { _ in .serving("m") }
    #expect(fleet.engineState("ns/p:1") == .ready)
  }

  @Test func aWorkloadThatIsScaledToZeroKeepsWhatItsEnginesServed() throws {
    var fleet = FleetHarness(expecting: ["kubernetes/k"])
    var pod = try EngineSpec(url: "http://10.0.0.1:1", id: "ns/p:1")
    pod.workload = "ns/d"
    hear(&fleet, "kubernetes/k", [], engines: [pod])
    fleet.run(to: .seconds(2)) { _ in .serving("m") }
    // First the Deployment says 0, then the pod goes.
    let cold = told("ns/d", .cold, models: nil, workload: "ns/d")
    hear(&fleet, "kubernetes/k", [cold], engines: [pod])
    hear(&fleet, "kubernetes/k", [cold])
    #expect(fleet.state.told["ns/d"]?.models.map(\.modelID) == ["m"])
    _ = fleet.state.queue.take(9)
    // The other way round: the last pod is gone before the Deployment says why.
    hear(&fleet, "kubernetes/k", [told("ns/d", .loading, models: nil, workload: "ns/d")])
    #expect(fleet.state.told["ns/d"]?.models.map(\.modelID) == ["m"])
    #expect(facts(fleet, "ns/d")?.condition.state == .loading)
  }

  @Test func whatStandsInForAnEngineStaysUntilThatWasAsked() throws {
    var fleet = FleetHarness(expecting: ["kubernetes/k"])
    hear(&fleet, "kubernetes/k", [told("ns/d", .cold, workload: "ns/d")])
    _ = fleet.state.queue.take(9)
    var pod = try EngineSpec(url: "http://10.0.0.1:1", id: "ns/p:1")
    pod.workload = "ns/d"
    hear(&fleet, "kubernetes/k", [], engines: [pod])
    #expect(fleet.state.queue.count == 0, "its model would be gone for a moment")
    fleet.run(to: .seconds(1)) { _ in .serving("m") }
    #expect(fleet.state.queue.take(9).map(\.engineID) == ["ns/p:1", "ns/d"])
    #expect(fleet.state.told.isEmpty)
  }

  @Test func whoCanBeProbedIsNotToldOf() throws {
    var fleet = FleetHarness(expecting: ["static", "peer/west"])
    fleet.hear([try EngineSpec(url: "http://e:1", cluster: "west", id: "mine")])
    hear(&fleet, "peer/west", [told("west/e", via: ["west"], endpoint: "http://e:1")])
    #expect(fleet.state.told.isEmpty)
    fleet.hear([])
    #expect(fleet.state.told["west/e"] != nil)
  }

  @Test func theServersOwnClusterIsThatOfWhoeverTellsNone() throws {
    var settings = ProbeSettings()
    settings.cluster = "home"
    var fleet = FleetHarness(settings)
    fleet.hear([try EngineSpec(url: "http://e:1")])
    fleet.run(to: .seconds(2)) { _ in .serving("m") }
    #expect(fleet.state.members["e:1"]?.tracker.facts?.cluster == "home")
  }
}
