import Catalog
import Synchronization
import TestKit
import Testing

@Suite struct WritingTests {
  private let store = FailingStore()

  private func gathering(_ gathering: Duration = .seconds(3_600)) throws -> ModelCatalog {
    try ModelCatalog(store: store, codec: PlainFactCodec(), encoder: PlainModelEncoder(), gathering: gathering)
  }

  @Test
  func `writes that arrive while others wait are committed together, and each caller gets its own result`() async throws
  {
    let catalog = try gathering()
    let tasks = (0..<20).map { index in
      Task { try await catalog.record([observed("e\(index)", ["m\(index % 3)"])], at: moment(7)) }
    }
    while catalog.waitingWrites < 20 { await Task.yield() }
    // A cancelled caller ends the waiting, and writes nevertheless.
    for task in tasks { task.cancel() }
    for task in tasks { try await task.value }
    #expect(store.commits.count == 1)
    #expect(store.commits.map(\.operations.count) == [43])
    #expect(catalog.view.snapshot.count == 3)
    #expect(catalog.view.history.count == 3)
  }

  @Test func `one caller's error does not reach the other callers`() async throws {
    let catalog = try gathering(.zero)
    try await catalog.record([observed("e", ["m"])], at: moment(1))
    try await withThrowingTaskGroup { group in
      for index in 0..<20 {
        group.addTask {
          if index % 2 == 0 {
            try await catalog.record([observed("f\(index)", ["m"])], at: moment(2))
          } else {
            await #expect(throws: LabelsError.notFound) {
              try await catalog.setLabels(["a": "1"], of: key("none"), ifETag: "", at: moment(2))
            }
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(catalog.view.snapshot.model(key("m"), sight: .all)?.model.totalReplicas == 11)
  }

  @Test func `a write that was committed before the store failed succeeds`() async throws {
    let catalog = try gathering(.zero)
    store.fail(after: 1)
    // The second takes a transaction of its own.
    let many = (0..<60).map { "m\($0)" }
    async let first: Void = catalog.record([observed("e", many)], at: moment(1))
    try await first
    await #expect(throws: FailingStore.refusal) { try await catalog.record([observed("f", many)], at: moment(1)) }
    #expect(catalog.engines().map(\.id) == ["e"])
  }

  @Test func `a new version of the deriving rules is a new revision without a past`() async throws {
    func open() async throws -> ModelCatalog {
      try await ModelCatalog.open(store: store, codec: PlainFactCodec(), encoder: PlainModelEncoder(), now: moment(3))
    }
    let catalog = try await open()
    #expect(store.commits.count == 1)
    try await catalog.record([observed("e", ["m"])], at: moment(4))
    #expect(try await open().view.history.count == 1)
    #expect(store.commits.count == 2)
    let older = StoreOperation.put(key: FactKey.deriveKey, value: PlainFactCodec().encode(deriveVersion: 0))
    _ = try await store.commit(StoreTransaction(operations: [older], time: moment(5)))
    let upgraded = try await open()
    #expect(store.commits.count == 4)
    #expect(upgraded.view.history.count == 0)
    #expect(upgraded.view.history.floor == RevisionMark(revision: upgraded.view.head, time: moment(3)))
    #expect(upgraded.view.snapshot.keys() == [key("m")])
  }

  @Test
  func `the signing key is made once per store, and once per process where the store takes no writes`()
    async throws
  {
    func open() async throws -> ModelCatalog {
      try await ModelCatalog.open(store: store, codec: PlainFactCodec(), encoder: PlainModelEncoder(), now: moment(3))
    }
    let key = try await open().signingKey
    #expect(key.count == 32)
    #expect(try await open().signingKey == key)
    #expect(try makeCatalog().signingKey != makeCatalog().signingKey)
    // A store of before there was one.
    _ = try await store.commit(StoreTransaction(operations: [.delete(key: FactKey.signingKey)], time: moment(4)))
    store.fail(after: 0)
    let other = try await open().signingKey
    #expect(other.count == 32 && other != key)
  }

  @Test func `a stored list that vanishes before the first sweep ends is not readable as empty`()
    async throws
  {
    try await makeCatalog(store: store).record([observed("e", ["m"])], at: moment(1))
    let catalog = try makeCatalog(store: store, ready: false)
    #expect(catalog.readySnapshot?.count == 1)
    try await catalog.record([.forgotten(engineID: "e")], at: moment(2))
    #expect(catalog.readySnapshot == nil)
    catalog.markReady()
    #expect(catalog.readySnapshot?.count == 0)
  }

  @Test func `an etag is compared with the model as the same batch has changed it`() async throws {
    let catalog = try gathering()
    let first = Task { try await catalog.record([observed("e", ["m"])], at: moment(1)) }
    while catalog.waitingWrites < 1 { await Task.yield() }
    first.cancel()
    try await first.value
    let etag = try #require(catalog.view.snapshot.model(key("m"), sight: .all)).model.etag
    // More than one transaction takes.
    let many = (0..<200).map { observed("f\($0)", ["n\($0)"]) }
    let observing = Task {
      try await catalog.record([observed("e", ["m"], .unreachable)] + many, at: moment(2))
    }
    while catalog.waitingWrites < 1 { await Task.yield() }
    let declaring = Task {
      try await catalog.setLabels(["a": "1"], of: key("m"), ifETag: etag, at: moment(2))
    }
    while catalog.waitingWrites < 2 { await Task.yield() }
    observing.cancel()
    try await observing.value
    await #expect(throws: LabelsError.etagMismatch) { try await declaring.value }
  }

  @Test func `the catalog knows engines with their models, and models whose engine was never written`() async throws {
    let catalog = try makeCatalog(store: store)
    try await catalog.record([observed("f", ["n", "m"]), observed("e", [])], at: moment(1))
    store.fail(after: 1)
    await #expect(throws: FailingStore.refusal) {
      try await catalog.record([observed("g", (0..<200).map { "m\($0)" })], at: moment(1))
    }
    for catalog in [catalog, try makeCatalog(store: store)] {
      #expect(catalog.knownEngines().map(\.facts.id) == ["e", "f"])
      #expect(catalog.knownEngines().map { $0.models.map(\.modelID) } == [[], ["m", "n"]])
      #expect(catalog.orphanEngineIDs() == ["g"])
    }
    store.fail(after: nil)
    try await catalog.record([.forgotten(engineID: "g")], at: moment(2))
    #expect(catalog.orphanEngineIDs() == [])
    #expect(try store.range(prefix: FactKey.replicaPrefix).count == 2)
  }
}
