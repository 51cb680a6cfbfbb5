import Catalog
import Testing

@Suite struct DeriveTests {
  private func served(
    _ engineID: String, _ state: ModelState = .ready, labels: [String: String] = [:], parentMaxModelLen: Int64 = 0,
    _ edit: (inout ReplicaFacts) -> Void = { _ in }
  ) -> ReplicaInput {
    var facts = ReplicaFacts(modelID: "m")
    edit(&facts)
    return ReplicaInput(
      engine: engine(engineID, state, labels: labels), replica: facts, parentMaxModelLen: parentMaxModelLen)
  }

  private func derived(_ served: ReplicaInput...) throws -> Model {
    try #require(derive(key("m"), served: served, created: moment(7)))
  }

  @Test(
    arguments: [
      ([.ready], .ready), ([.ready, .loading], .ready), ([.ready, .draining], .ready), ([.ready, .cold], .ready),
      ([.ready, .unreachable], .degraded), ([.failed, .ready], .degraded),
      ([.ready, .loading, .unreachable], .degraded), ([.loading, .cold], .loading), ([.draining, .cold], .cold),
      ([.unreachable, .draining], .draining), ([.failed, .unreachable], .unreachable), ([.failed], .failed),
      ([.unreachable, .unreachable], .unreachable),
    ] as [([ModelState], ModelState)])
  func `a model's state follows from the states of its replicas`(replicas: [ModelState], merged: ModelState) throws {
    let all = replicas.enumerated().map { served("e\($0.offset)", $0.element) }
    let model = try #require(derive(key("m"), served: all, created: moment(7)))
    #expect(model.state == merged)
    #expect(model.readyReplicas == replicas.count { $0 == .ready })
    #expect(model.totalReplicas == replicas.count)
  }

  @Test func `a model without replicas does not exist`() {
    #expect(derive(key("m"), served: [], created: moment(7)) == nil)
  }

  @Test func `a replica's own condition counts while its engine is READY`() throws {
    let asleep = try derived(served("e") { $0.condition = condition(.cold, at: 3) })
    #expect(asleep.state == .cold)
    #expect(asleep.replicas[0].condition == condition(.cold, at: 3))
    let gone = try derived(served("e", .unreachable) { $0.condition = condition(.ready, at: 3) })
    #expect(gone.state == .unreachable)
  }

  @Test func `a model's length is the smallest known length of its replicas`() throws {
    let model = try derived(
      served("a") { $0.maxModelLen = 4_096 }, served("b"), served("c") { $0.maxModelLen = 2_048 })
    #expect(model.maxModelLen == 2_048)
    #expect(
      model.divergences == [
        Divergence(field: "max_model_len", values: [("2048", ["c"]), ("4096", ["a"])])
      ])
    #expect(try derived(served("a")).maxModelLen == 0)
  }

  @Test func `an adapter of unknown length inherits its parent's`() throws {
    func adapter(_ own: Int64, _ kind: ModelKind = .adapter) throws -> Model {
      try derived(
        served("a", parentMaxModelLen: 4_096) {
          $0.kind = kind
          $0.parent = "base"
          $0.maxModelLen = own
        })
    }
    #expect(try adapter(0).maxModelLen == 4_096)
    #expect(try adapter(0).replicas[0].maxModelLen == 4_096)
    #expect(try adapter(512).maxModelLen == 512)
    #expect(try adapter(0, .base).maxModelLen == 0)
  }

  @Test func `a scalar comes from the lowest engine id that has it, in any order of the engines`()
    throws
  {
    let low = served("a") { $0.ownedBy = "low" }
    let high = served("b") {
      $0.ownedBy = "high"
      $0.root = "root"
      $0.kind = .alias
    }
    for model in [try derived(low, high), try derived(high, low)] {
      #expect(model.ownedBy == "low")
      #expect(model.root == "root")
      #expect(model.kind == .base)
      #expect(model.replicas.map(\.engineID) == ["a", "b"])
      #expect(model.divergences == [])
    }
    #expect(try derived(low, high) == derived(high, low))
  }

  @Test func `a model's labels are merged, and the lowest engine id wins`() throws {
    let model = try derived(
      served("b", labels: ["team": "b", "zone": "1"]), served("a", labels: ["team": "a", "tier": "x"]))
    #expect(model.labels == ["team": "a", "zone": "1", "tier": "x"])
  }

  @Test func `replicas of different roots or parents diverge`() throws {
    let model = try derived(
      served("c") { ($0.root, $0.parent) = ("x", "p") }, served("a") { ($0.root, $0.parent) = ("y", "p") },
      served("b") { ($0.root, $0.parent) = ("x", "q") }, served("d"))
    #expect(
      model.divergences == [
        Divergence(field: "root", values: [("x", ["b", "c"]), ("y", ["a"])]),
        Divergence(field: "parent", values: [("p", ["a", "c"]), ("q", ["b"])]),
      ])
  }

  @Test func `a base that another engine serves as an adapter has no parent`() throws {
    let model = try derived(
      served("a") { $0.kind = .base },
      served("b") { ($0.kind, $0.parent) = (.adapter, "p") })
    #expect(model.kind == .base && model.parent.isEmpty)
  }

  @Test func `engine ids that look alike but differ in bytes are different engines`() throws {
    let model = try derived(served("e\u{301}"), served("\u{e9}"))
    #expect(model.replicas.map { $0.engineID.utf8.count } == [3, 2])
  }
}
