import Catalog
import TestKit
import Testing

@testable import Fleet

/// Two troubles at once, each pair of which a fleet once told wrongly.
@Suite("Sources and claims where two troubles meet")
struct SeamTests {
  func engine(
    _ url: String, _ id: String? = nil, namespace: String? = nil, uid: String = "", key: String? = nil,
    lifecycle: LifecycleHint = .none
  ) throws -> EngineSpec {
    var spec = try EngineSpec(url: url, key: key, namespace: namespace, id: id)
    spec.podUID = uid
    spec.lifecycle = lifecycle
    return spec
  }

  /// What the store keeps of a fleet that ran for a while.
  func stored(_ fleet: inout FleetHarness) -> [KnownEngine] {
    var known: [String: KnownEngine] = [:]
    for observation in fleet.state.outbox.take(1_000) {
      switch observation {
      case .engine(let facts, let models): known[facts.id] = (facts, models)
      case .engineOnly(let facts): known[facts.id] = (facts, known[facts.id]?.models ?? [])
      case .forgotten(let id): known[id] = nil
      }
    }
    return known.values.sorted { $0.facts.id < $1.facts.id }
  }

  func pods(
    _ names: [String], in namespace: String, isComplete: Bool = true, outage: String? = nil
  ) throws -> SourcePart {
    SourcePart(
      name: "pods/\(namespace)",
      engines: try names.map {
        try engine("http://\($0):1", "\(namespace)/\($0):1", namespace: namespace, uid: "uid-\($0)")
      },
      isComplete: isComplete, outage: outage, isAskable: true)
  }

  @Test func `an engine that only the store remembers is probed and dies in time`() throws {
    var settings = ProbeSettings()
    settings.forgetAfter = .seconds(5)
    var before = FleetHarness(settings, expecting: ["file/f"])
    before.received([try engine("http://a:1"), try engine("http://b:1")], source: "file/f")
    before.run(to: .seconds(20)) { _ in .serving("m") }
    var fleet = FleetHarness(settings, expecting: ["file/f"], known: stored(&before))
    fleet.failed("file/f", "line 3: a typing error")
    var asked: Set<String> = []
    fleet.run(to: .seconds(40)) { id in
      asked.insert(id)
      return id == "a:1" ? .refusedConnection : .serving("m")
    }
    #expect(asked == ["a:1", "b:1"])
    #expect(fleet.engineState("a:1") == nil && fleet.engineState("b:1") == .ready)
  }

  @Test func `a key that is stored by its name is used before the source answers`() throws {
    var before = FleetHarness(expecting: ["file/f"])
    let named = try EngineSpec(url: "http://a:1", keyEnv: "KEY")
    before.received([named, try engine("http://b:1", key: "secret")], source: "file/f")
    before.run(to: .seconds(20)) { _ in .serving("m") }
    let known = stored(&before)
    #expect(!String(describing: known).contains("secret"))
    var fleet = FleetHarness(expecting: ["file/f"], known: known)
    var keys: [String: APIKey?] = [:]
    fleet.ask(to: .seconds(1)) { start in
      keys[start.request.spec.id] = start.request.spec.key
      return start.request.spec.id == "b:1" ? .refused("401") : .serving("m")
    }
    #expect(keys == ["a:1": .environment("KEY"), "b:1": nil])
    #expect(fleet.engineState("b:1") == .ready, "one refusal is no reason: the source knows the key")
    fleet.ask(to: .seconds(20)) { $0.request.spec.id == "b:1" ? .refused("401") : .serving("m") }
    #expect(fleet.engineState("b:1") == .failed)
  }

  @Test func `a name that is not found after a restart takes nothing away`() throws {
    var before = FleetHarness(expecting: ["dns/x"])
    before.received(try (0..<4).map { try engine("http://e\($0):1") }, source: "dns/x", isExplicit: false)
    before.run(to: .seconds(20)) { _ in .serving("m") }
    var fleet = FleetHarness(expecting: ["dns/x"], known: stored(&before))
    fleet.received([], source: "dns/x", isExplicit: false)
    fleet.run(to: .seconds(599)) { _ in .serving("m") }
    #expect(fleet.state.roster.members.count == 4)
    fleet.run(to: .seconds(601)) { _ in .serving("m") }
    #expect(fleet.state.roster.members.isEmpty)
  }

  @Test func `the guard's ten minutes go on over restarts`() throws {
    var fleet = FleetHarness(expecting: ["dns/x"])
    fleet.received(try (0..<4).map { try engine("http://e\($0):1") }, source: "dns/x", isExplicit: false)
    fleet.run(to: .seconds(20)) { _ in .serving("m") }
    fleet.received([], source: "dns/x", isExplicit: false)
    fleet.run(to: .seconds(20 + 310)) { _ in .serving("m") }
    var next = FleetHarness(expecting: ["dns/x"], known: stored(&fleet))
    next.received([], source: "dns/x", isExplicit: false)
    next.run(to: .seconds(290)) { _ in .serving("m") }
    #expect(next.state.roster.members.count == 4)
    next.run(to: .seconds(301)) { _ in .serving("m") }
    #expect(next.state.roster.members.isEmpty)
  }

  @Test func `a namespace that does not answer at a restart keeps its engines`() throws {
    var before = FleetHarness(expecting: ["kubernetes/k"])
    before.received(
      SourceAnswer(source: "kubernetes/k", parts: [try pods(["a"], in: "ns-a"), try pods(["b"], in: "ns-b")]))
    before.run(to: .seconds(20)) { _ in .serving("m") }
    var fleet = FleetHarness(expecting: ["kubernetes/k"], known: stored(&before))
    let half = [try pods(["a"], in: "ns-a"), try pods([], in: "ns-b", isComplete: false, outage: "503")]
    fleet.received(SourceAnswer(source: "kubernetes/k", parts: half))
    fleet.run(to: .seconds(1_000)) { _ in .serving("m") }
    #expect(Set(fleet.state.roster.members.keys) == ["ns-a/a:1", "ns-b/b:1"])
    #expect(fleet.state.sources.unreachable == ["kubernetes/k"])
  }

  @Test func `a part says nothing of another part's engines`() throws {
    var fleet = FleetHarness(expecting: ["kubernetes/k"])
    let cold = EngineFacts(
      id: "ns/d", endpoint: "", namespace: "ns",
      condition: Condition(state: .cold, cause: .scaledToZero, changedAt: Timestamp(microseconds: 1)))
    let asleep = UnprobedEngine(facts: cold, models: [ReplicaFacts(modelID: "m")], workload: "ns/Deployment d")
    let deployments = SourcePart(name: "deployments/ns", engines: [], unprobed: [asleep])
    fleet.received(SourceAnswer(source: "kubernetes/k", parts: [try pods([], in: "ns"), deployments]))
    fleet.run(to: .seconds(5)) { _ in .serving("m") }
    var next = FleetHarness(expecting: ["kubernetes/k"], known: stored(&fleet))
    let unlisted = SourcePart(name: "deployments/ns", engines: [], isComplete: false, isPending: true)
    next.received(SourceAnswer(source: "kubernetes/k", parts: [try pods([], in: "ns"), unlisted]))
    #expect(next.state.unprobed.engines["ns/d"]?.models.map(\.modelID) == ["m"])
    next.received(SourceAnswer(source: "kubernetes/k", parts: [try pods([], in: "ns"), deployments]))
    #expect(next.state.unprobed.engines["ns/d"]?.facts.condition.state == .cold)
  }

  @Test func `a pod that a list omits ends when the API denies it`() throws {
    var fleet = FleetHarness(expecting: ["kubernetes/k"])
    func answer(_ names: [String]) throws -> SourceAnswer {
      SourceAnswer(source: "kubernetes/k", parts: [try pods(names, in: "ns")])
    }
    fleet.received(try answer(["a", "b", "c"]))
    fleet.run(to: .seconds(20)) { _ in .serving("m") }
    let omitted = fleet.received(try answer(["a", "b"]))
    #expect(omitted == [OmittedEngine(part: "pods/ns", id: "ns/c:1", podUID: "uid-c")])
    #expect(fleet.state.roster.members.count == 3)
    fleet.denied(omitted, source: "kubernetes/k")
    #expect(Set(fleet.state.roster.members.keys) == ["ns/a:1", "ns/b:1"])
    // A wiped API server answers 404 for everything.
    let wiped = fleet.received(try answer([]))
    fleet.denied(wiped, source: "kubernetes/k")
    #expect(fleet.state.roster.members.count == 2)
    fleet.run(to: .seconds(40)) { $0 == "ns/a:1" ? .refusedConnection : .serving("m") }
    #expect(Set(fleet.state.roster.members.keys) == ["ns/b:1"], "what is denied goes when it does not answer")
  }

  @Test func `an address that another tenant's pod has taken shows nothing to the first tenant`() throws {
    var fleet = FleetHarness(expecting: ["kubernetes/k"])
    func parts(_ first: [EngineSpec], _ second: [EngineSpec], isFirstSilent: Bool) -> SourceAnswer {
      SourceAnswer(
        source: "kubernetes/k",
        parts: [
          SourcePart(
            name: "pods/ns-a", engines: first, isComplete: !isFirstSilent, outage: isFirstSilent ? "503" : nil),
          SourcePart(name: "pods/ns-b", engines: second),
        ])
    }
    let old = try engine("http://ip:1", "ns-a/p:1", namespace: "ns-a", uid: "u1", key: "key-a")
    let new = try engine("http://ip:1", "ns-b/q:1", namespace: "ns-b", uid: "u2")
    for isSilent in [true, false] {
      fleet.received(parts([old], [], isFirstSilent: false))
      fleet.run(to: fleet.up + .seconds(20)) { _ in .serving("team-a/m") }
      fleet.received(parts(isSilent ? [old] : [], [new], isFirstSilent: isSilent))
      #expect(Set(fleet.state.roster.members.keys) == ["ns-b/q:1"], "silent: \(isSilent)")
      fleet.ask(to: fleet.up + .seconds(20)) { start in
        #expect(start.request.spec.key == nil)
        return .serving("team-b/secret")
      }
      fleet.received(parts([], [], isFirstSilent: false))
      fleet.run(to: fleet.up + .seconds(1_000)) { _ in .refusedConnection }
    }
  }

  @Test func `a registration ends no other tenant's claim, and gets none of its keys`() throws {
    var fleet = FleetHarness(expecting: ["dns/x", "registration"])
    fleet.received([try engine("http://ip:1", namespace: "ns-a", key: "key-a")], source: "dns/x", isExplicit: false)
    fleet.run(to: .seconds(20)) { _ in .serving("m") }
    fleet.received([try engine("http://ip:1", "ns-b/r", namespace: "ns-b")], source: "registration")
    fleet.received([], source: "dns/x", isExplicit: false)
    #expect(Set(fleet.state.roster.members.keys) == ["ip:1", "ns-b/r"])
    fleet.ask(to: .seconds(40)) { start in
      #expect(start.request.spec.key == nil)
      return .serving("m")
    }
  }

  @Test func `engines that never answered do not stop the forgetting of others`() throws {
    var settings = ProbeSettings()
    settings.forgetAfter = .seconds(60)
    var fleet = FleetHarness(settings)
    fleet.received(try (0..<5).map { try engine("http://e\($0):1") })
    fleet.run(to: .seconds(20)) { ["e0:1", "e1:1"].contains($0) ? .serving("m") : .refusedConnection }
    fleet.run(to: .seconds(200)) { $0 == "e0:1" ? .serving("m") : .refusedConnection }
    #expect(fleet.engineState("e1:1") == nil)
  }

  @Test func `an engine that was forgotten needs as many good answers as one that was away`() throws {
    var settings = ProbeSettings()
    (settings.rise, settings.forgetAfter) = (3, .seconds(10))
    var fleet = FleetHarness(settings)
    fleet.received(try [engine("http://a:1"), engine("http://b:1"), engine("http://c:1")])
    fleet.run(to: .seconds(20)) { _ in .serving("m") }
    fleet.run(to: .seconds(200)) { $0 == "a:1" ? .refusedConnection : .serving("m") }
    #expect(fleet.engineState("a:1") == nil)
    var answers = 0
    while fleet.engineState("a:1") != .ready, answers < 20 {
      fleet.run(to: fleet.up + .milliseconds(100)) { id in
        if id == "a:1" { answers += 1 }
        return .serving("m")
      }
    }
    #expect(answers == 3)
  }

  @Test func `a pod that lost its address keeps its models`() throws {
    var fleet = FleetHarness(expecting: ["kubernetes/k"])
    fleet.received(SourceAnswer(source: "kubernetes/k", parts: [try pods(["a"], in: "ns")]))
    fleet.run(to: .seconds(20)) { _ in .serving("m") }
    let failed = EngineFacts(
      id: "ns/a:1", endpoint: "", namespace: "ns", podUID: "uid-a",
      condition: Condition(state: .failed, cause: .evicted, changedAt: Timestamp(microseconds: 1)))
    let part = SourcePart(
      name: "pods/ns", engines: [], unprobed: [UnprobedEngine(facts: failed, models: nil)], isAskable: true)
    fleet.received(SourceAnswer(source: "kubernetes/k", parts: [part]))
    #expect(fleet.state.unprobed.engines["ns/a:1"]?.models.map(\.modelID) == ["m"])
  }

  @Test func `tenants that share an engine do not take it from each other`() throws {
    var fleet = FleetHarness(expecting: ["dns/x"])
    fleet.received([try engine("http://ip:1", "b", namespace: "ns-b")])
    fleet.received([try engine("http://ip:1", "a", namespace: "ns-a")], source: "dns/x", isExplicit: false)
    fleet.run(to: .seconds(100)) { _ in .serving("m") }
    fleet.received([try engine("http://ip:1", "a", namespace: "ns-a")], source: "dns/x", isExplicit: false)
    fleet.run(to: .seconds(200)) { _ in .serving("m") }
    fleet.received([], source: "dns/x", isExplicit: false)
    #expect(Set(fleet.state.roster.members.keys) == ["a", "b"], "the name is not found by mistake")
  }

  @Test func `an id that another tenant takes brings no models along`() throws {
    var fleet = FleetHarness()
    fleet.received([try engine("http://a:1", "x", namespace: "ns-a")])
    fleet.run(to: .seconds(20)) { _ in .serving("secret") }
    fleet.received([try engine("http://b:1", "x", namespace: "ns-b")])
    #expect(fleet.state.roster.members["x"]?.tracker.models == nil && fleet.engineState("x") == nil)
  }

  @Test func `a pod keeps its id at a new address while another source names the old one`() throws {
    var fleet = FleetHarness(expecting: ["kubernetes/k", "dns/x"])
    fleet.received([try engine("http://a:1", "ns/p:1", uid: "u1")], source: "kubernetes/k", isExplicit: false)
    fleet.received([try engine("http://a:1")], source: "dns/x", isExplicit: false)
    fleet.run(to: .seconds(20)) { _ in .serving("m") }
    var next = FleetHarness(expecting: ["kubernetes/k", "dns/x"], known: stored(&fleet))
    next.received([try engine("http://b:1", "ns/p:1", uid: "u2")], source: "kubernetes/k", isExplicit: false)
    next.received([try engine("http://a:1")], source: "dns/x", isExplicit: false)
    #expect(next.state.roster.members["ns/p:1"]?.tracker.spec.url.host == "b")
    #expect(next.state.roster.members["a:1"]?.tracker.spec.url.host == "a")
  }

  @Test func `two stored engines at one place become one`() throws {
    var before = FleetHarness()
    before.received([try engine("http://a:1", "old")])
    before.run(to: .seconds(20)) { _ in .serving("m") }
    let known = stored(&before)
    var other = known[0]
    other.facts.id = "older"
    var fleet = FleetHarness(known: known + [other])
    fleet.received([try engine("http://a:1", "old")])
    fleet.run(to: .seconds(20)) { _ in .serving("m") }
    let forgotten = fleet.state.outbox.take(9).filter { if case .forgotten = $0 { true } else { false } }
    #expect(forgotten.count == 1 && fleet.state.roster.members.count == 1)
  }

  @Test func `parts of other names end nothing before all parts were listed`() throws {
    var fleet = FleetHarness(expecting: ["kubernetes/k"])
    fleet.received(SourceAnswer(source: "kubernetes/k", parts: [try pods(["a"], in: "ns-a")]))
    fleet.run(to: .seconds(20)) { _ in .serving("m") }
    let deployments = SourcePart(name: "deployments", engines: [])
    let failing = SourcePart(name: "pods", engines: [], isComplete: false, outage: "503")
    fleet.received(SourceAnswer(source: "kubernetes/k", parts: [deployments, failing]))
    fleet.run(to: .seconds(1_000)) { _ in .serving("m") }
    #expect(Set(fleet.state.roster.members.keys) == ["ns-a/a:1"])
  }
}
