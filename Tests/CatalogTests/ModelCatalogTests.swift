import Catalog
import Synchronization
import TestKit
import Testing

@Suite struct ModelCatalogTests {
  private let store = FailingStore()

  private func states(_ catalog: ModelCatalog) -> [String] {
    catalog.view.snapshot.refs(namespace: nil, sight: .all).map {
      "\($0.key.namespace)/\($0.key.id) \($0.state.name)"
    }
  }

  @Test func `the models that an engine lists are published as one revision`() async throws {
    let catalog = try makeCatalog(store: store)
    try await catalog.record([observed("e", ["m/1", "m/2"])], at: moment(7))
    let view = catalog.view
    let model = try #require(view.snapshot.model(key("m/1"), sight: .all)).model
    #expect(model.created == moment(7))
    #expect(model.revision == 1_001)
    #expect(view.head == 1_001)
    let revisions = (view.history.start..<view.history.end).map { view.history.event(at: $0).resumeRevision }
    #expect(revisions == [1_000, 1_001])
    #expect(catalog.engines().map(\.id) == ["e"])
    #expect(catalog.engine(id: "e")?.endpoint == "http://e")
    #expect(catalog.replicas(engineID: "e").map(\.modelID) == ["m/1", "m/2"])
    #expect(store.commits.count == 1)
  }

  @Test func `known facts are not written, even when an observation gives them a new time`() async throws {
    let catalog = try makeCatalog(store: store)
    var facts = engine("e")
    var asleep = ReplicaFacts(modelID: "m", condition: condition(.cold, at: 3))
    try await catalog.record([.engine(facts, models: [asleep])], at: moment(7))
    facts.condition.changedAt = moment(50)
    asleep.condition?.changedAt = moment(50)
    try await catalog.record([.engine(facts, models: [asleep]), .engineOnly(facts)], at: moment(60))
    #expect(store.commits.count == 1)
    #expect(catalog.engine(id: "e")?.condition.changedAt == moment(1))
    #expect(catalog.replicas(engineID: "e")[0].condition?.changedAt == moment(3))
  }

  @Test func `an engine keeps its models when only its own facts change`() async throws {
    let catalog = try makeCatalog(store: store)
    try await catalog.record([observed("e", ["m"]), .engineOnly(engine("e", .unreachable))], at: moment(7))
    #expect(states(catalog) == ["default/m UNREACHABLE"])
  }

  @Test func `a model that its engine no longer lists is removed, and its creation time is kept`() async throws {
    let catalog = try makeCatalog(store: store)
    try await catalog.record([observed("e", ["m", "n"]), observed("e", ["n"])], at: moment(7))
    #expect(states(catalog) == ["default/n READY"])
    try await catalog.record([.forgotten(engineID: "e")], at: moment(8))
    #expect(states(catalog) == [])
    #expect(catalog.engines() == [])
    try await catalog.record([observed("f", ["m"])], at: moment(9))
    #expect(catalog.view.snapshot.model(key("m"), sight: .all)?.model.created == moment(7))
  }

  @Test func `an engine's move to another namespace moves its models`() async throws {
    let catalog = try makeCatalog(store: store)
    try await catalog.record([observed("e", ["m", "n"]), observed("f", ["n"])], at: moment(7))
    try await catalog.record([.engineOnly(engine("e", namespace: "team"))], at: moment(8))
    #expect(states(catalog) == ["default/n READY", "team/m READY", "team/n READY"])
    #expect(catalog.view.snapshot.model(key("m", "team"), sight: .all)?.model.created == moment(8))
    #expect(catalog.view.snapshot.model(key("n"), sight: .all)?.model.totalReplicas == 1)
    #expect(catalog.view.head == 1_002)
  }

  @Test func `a change of a base model's length changes the adapters over it`() async throws {
    let catalog = try makeCatalog(store: store)
    func models(_ length: Int64) -> [ReplicaFacts] {
      [
        ReplicaFacts(modelID: "base", maxModelLen: length),
        ReplicaFacts(modelID: "lora", kind: .adapter, parent: "base"), ReplicaFacts(modelID: "other"),
      ]
    }
    try await catalog.record([.engine(engine("e"), models: models(4_096))], at: moment(7))
    try await catalog.record([.engine(engine("e"), models: models(2_048))], at: moment(8))
    let lora = try #require(catalog.view.snapshot.model(key("lora"), sight: .all)).model
    #expect(lora.maxModelLen == 2_048)
    #expect(lora.revision == 1_002)
    #expect(catalog.view.snapshot.model(key("other"), sight: .all)?.model.revision == 1_001)
    #expect(catalog.view.history.count == 5)
  }

  @Test func `an adapter that loses its base's length gets a new revision, also when it is loaded`()
    async throws
  {
    let catalog = try makeCatalog(store: store)
    let lora = ReplicaFacts(modelID: "lora", kind: .adapter, parent: "base")
    let base = ReplicaFacts(modelID: "base", maxModelLen: 8)
    try await catalog.record([.engine(engine("e"), models: [base, lora])], at: moment(7))
    try await catalog.record([.engine(engine("e"), models: [lora])], at: moment(8))
    for catalog in [catalog, try makeCatalog(store: store)] {
      let found = try #require(catalog.view.snapshot.model(key("lora"), sight: .all)).model
      #expect(found.maxModelLen == 0)
      #expect(found.revision == 1_002)
    }
  }

  @Test func `a revision that changes no model moves only the head`() async throws {
    let catalog = try makeCatalog(store: store)
    try await catalog.record([observed("e", [])], at: moment(7))
    #expect(catalog.view.head == 1_001)
    #expect(catalog.view.history.count == 0)
  }

  @Test func `an observation too large for one transaction is split, and a new engine's models appear at once`()
    async throws
  {
    let catalog = try makeCatalog(store: store)
    let counts = Mutex<[Int]>([])
    catalog.onPublish { [unowned catalog] in counts.withLock { $0.append(catalog.view.snapshot.count) } }
    let ids = (0..<300).map { "m\($0)" }
    try await catalog.record([observed("e", ids)], at: moment(7))
    #expect(store.commits.map(\.operations.count) == [128, 128, 128, 128, 89])
    #expect(
      store.commits.last?.operations.last
        == .put(key: FactKey.engine(id: "e").bytes, value: PlainFactCodec().encode(engine("e"))))
    #expect(counts.withLock { $0 } == [0, 0, 0, 0, 300])
    try await catalog.record([.forgotten(engineID: "e")], at: moment(8))
    #expect(store.commits.last?.operations.last == .delete(key: FactKey.engine(id: "e").bytes))
    #expect(catalog.view.snapshot.count == 0)
    #expect(try store.range(prefix: FactKey.replicaPrefix).isEmpty)
  }

  @Test func `a commit that the store refuses publishes nothing, and the same observation succeeds later`()
    async throws
  {
    let catalog = try makeCatalog(store: store)
    store.fail(after: 0)
    await #expect(throws: FailingStore.refusal) {
      try await catalog.record([observed("e", ["m"])], at: moment(7))
    }
    #expect(catalog.view.head == 1_000)
    #expect(catalog.engines() == [])
    store.fail(after: 2)
    await #expect(throws: FailingStore.refusal) {
      try await catalog.record([observed("e", (0..<300).map { "m\($0)" })], at: moment(7))
    }
    #expect(catalog.view.head == 1_002)
    #expect(catalog.view.snapshot.count == 0)
    store.fail(after: nil)
    try await catalog.record([observed("e", ["m"])], at: moment(8))
    #expect(states(catalog) == ["default/m READY"])
    #expect(try store.range(prefix: FactKey.replicaPrefix).count == 1)
  }

  @Test func `observations of many tasks are recorded one at a time, those of one call in order`() async throws {
    let catalog = try makeCatalog(store: store)
    try await withThrowingTaskGroup { group in
      for index in 0..<40 {
        group.addTask {
          let engine = "e\(index % 4)"
          try await catalog.record([observed(engine, ["m\(index)"]), observed(engine, ["last"])], at: moment(7))
        }
      }
      try await group.waitForAll()
    }
    #expect(states(catalog) == ["default/last READY"])
    let fresh = try makeCatalog(store: store)
    #expect(fresh.view.snapshot.keys() == [key("last")])
    #expect(catalog.view.head == 1_000 + Int64(store.commits.count))
  }

  @Test func `the catalog loads the stored models unchanged, and writes no known facts again`() async throws {
    let catalog = try makeCatalog(store: store)
    let lora = ReplicaFacts(modelID: "lora", kind: .adapter, parent: "m")
    try await catalog.record(
      [
        .engine(engine("e"), models: [ReplicaFacts(modelID: "m", maxModelLen: 8), lora]),
        observed("f", ["m", "n"], .unreachable, namespace: "team"), observed("g", ["n"], namespace: "team"),
        observed("f", ["m"], .unreachable, namespace: "team"),
      ], at: moment(7))
    let loaded = try makeCatalog(store: store, ready: false)
    let models = catalog.view.snapshot.refs(namespace: nil, sight: .all).map(\.model)
    #expect(loaded.view.snapshot.refs(namespace: nil, sight: .all).map(\.model) == models)
    #expect(models.count == 4)
    #expect(loaded.view.head == catalog.view.head)
    #expect(loaded.view.isReady == false)
    let commits = store.commits.count
    try await loaded.record([observed("g", ["n"], namespace: "team")], at: moment(9))
    #expect(store.commits.count == commits)
  }

  @Test func `a broken record fails the load`() async throws {
    let broken = FactKey.engine(id: "e").bytes
    _ = try await store.commit(StoreTransaction(operations: [.put(key: broken, value: [1])], time: moment(1)))
    #expect(throws: CatalogError.brokenRecord(key: broken)) { try makeCatalog(store: store) }
  }

  @Test func `listeners are called after each publication and when the catalog becomes ready`() async throws {
    let catalog = try makeCatalog(store: store, ready: false)
    let heard = Mutex<[Bool]>([])
    catalog.onPublish { [unowned catalog] in heard.withLock { $0.append(catalog.view.isReady) } }
    try await catalog.record([observed("e", ["m"])], at: moment(7))
    catalog.markReady()
    try await catalog.record([observed("e", ["m"])], at: moment(7))
    try await catalog.record([observed("e", ["n"])], at: moment(7))
    #expect(heard.withLock { $0 } == [false, true, true])
  }

  @Test func `readings change no revision`() async throws {
    let catalog = try makeCatalog(store: store)
    catalog.readings.note(engineID: "e", observedAt: moment(5))
    #expect(catalog.readings.reading(of: "e") == EngineReading(observedAt: moment(5)))
    catalog.readings.forget(engineID: "e")
    #expect(catalog.readings.reading(of: "e") == nil)
    #expect(catalog.view.head == 1_000)
  }
}
