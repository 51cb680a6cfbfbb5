import Catalog
import TestKit
import Testing

@Suite struct LabelsTests {
  private let store = FailingStore()

  private func setUp(labels: [String: String] = [:]) async throws -> ModelCatalog {
    let catalog = try makeCatalog(store: store)
    try await catalog.record(
      [.engine(engine("e", labels: labels), models: [ReplicaFacts(modelID: "m")])], at: moment(1))
    return catalog
  }

  private func labels(_ catalog: ModelCatalog) -> [String: String]? {
    catalog.view.snapshot.model(key("m"), sight: .all)?.model.labels
  }

  @Test func `declared labels stand beside an engine's labels and override them`() async throws {
    let catalog = try await setUp(labels: ["tier": "silver", "rack": "7"])
    let model = try await catalog.setLabels(
      ["tier": "gold", "owner": "ops"], of: key("m"), ifETag: "", at: moment(2))
    #expect(model.model.labels == ["tier": "gold", "rack": "7", "owner": "ops"])
    #expect(model.model.revision == 1_002)
    #expect(labels(catalog) == model.model.labels)
    _ = try await catalog.setLabels(["tier": "bronze"], of: key("m"), ifETag: "", at: moment(3))
    #expect(labels(catalog) == ["tier": "bronze", "rack": "7"])
    _ = try await catalog.setLabels([:], of: key("m"), ifETag: "", at: moment(4))
    #expect(labels(catalog) == ["tier": "silver", "rack": "7"])
    #expect(try store.range(prefix: FactKey.labelsPrefix) == [])
  }

  @Test func `declared labels are durable, and written only when they differ`() async throws {
    let catalog = try await setUp()
    _ = try await catalog.setLabels(["a": "1"], of: key("m"), ifETag: "", at: moment(2))
    _ = try await catalog.setLabels(["a": "1"], of: key("m"), ifETag: "", at: moment(3))
    #expect(store.commits.map(\.isDurable) == [false, true])
    #expect(store.commits.last?.time == moment(2))
  }

  @Test func `declared labels are refused for a model that does not exist`() async throws {
    let catalog = try await setUp()
    await #expect(throws: LabelsError.notFound) {
      try await catalog.setLabels([:], of: key("n"), ifETag: "", at: moment(2))
    }
    try await catalog.record([.forgotten(engineID: "e")], at: moment(3))
    await #expect(throws: LabelsError.notFound) {
      try await catalog.setLabels([:], of: key("m"), ifETag: "", at: moment(4))
    }
  }

  @Test func `only one of several clients with the same etag sets labels`() async throws {
    let catalog = try await setUp()
    let etag = try #require(catalog.view.snapshot.model(key("m"), sight: .all)).model.etag
    let outcomes = await withTaskGroup(of: Bool.self) { group in
      for index in 0..<8 {
        group.addTask {
          do {
            _ = try await catalog.setLabels(["n": "\(index)"], of: key("m"), ifETag: etag, at: moment(2))
            return true
          } catch {
            return (error as? LabelsError) != .etagMismatch
          }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes.count { $0 } == 1)
  }

  @Test func `declared labels outlive the model's absence and a restart`() async throws {
    let catalog = try await setUp()
    _ = try await catalog.setLabels(["a": "1"], of: key("m"), ifETag: "", at: moment(2))
    try await catalog.record([.forgotten(engineID: "e")], at: moment(3))
    let restarted = try makeCatalog(store: store)
    try await restarted.record([observed("f", ["m"])], at: moment(4))
    #expect(labels(restarted) == ["a": "1"])
  }

  @Test(arguments: [
    Dictionary(uniqueKeysWithValues: (0..<65).map { ("\($0)", "") }), ["": "x"], ["a\0": "x"], ["a": "\0"],
    [String(repeating: "n", count: 257): ""], ["a": String(repeating: "v", count: 1_025)],
  ])
  func `labels that no list should carry are refused with a reason`(labels: [String: String]) async throws {
    let catalog = try await setUp()
    do {
      _ = try await catalog.setLabels(labels, of: key("m"), ifETag: "", at: moment(2))
      Issue.record("they were taken")
    } catch LabelsError.invalid(let reason) {
      #expect(!reason.isEmpty)
    }
    #expect(store.commits.count == 1)
  }

  @Test func `labels that the store does not take are an error, and neither visible nor kept`() async throws {
    let catalog = try await setUp()
    store.fail(after: 0)
    await #expect(throws: FailingStore.refusal) {
      try await catalog.setLabels(["a": "1"], of: key("m"), ifETag: "", at: moment(2))
    }
    #expect(labels(catalog) == [:])
    #expect(catalog.storeFailure == StoreFailure(reason: "the disk is full", since: moment(2)))
    store.fail(after: nil)
    _ = try await catalog.setLabels(["a": "2"], of: key("m"), ifETag: "", at: moment(3))
    #expect(labels(catalog) == ["a": "2"])
    #expect(catalog.storeFailure == nil)
  }

  @Test func `labels are distinguished by their bytes, however they look`() async throws {
    let catalog = try await setUp()
    let (composed, decomposed) = ("\u{e9}", "e\u{301}")
    _ = try await catalog.setLabels([composed: composed], of: key("m"), ifETag: "", at: moment(2))
    for labels in [[composed: decomposed], [decomposed: decomposed]] {
      let model = try await catalog.setLabels(labels, of: key("m"), ifETag: "", at: moment(3))
      let told = try #require(model.model.labels.first)
      #expect(sameBytes(told.key, labels.keys.first ?? ""))
      #expect(sameBytes(told.value, decomposed))
    }
  }

  @Test func `a change of declared labels keeps the others`() async throws {
    let catalog = try await setUp(labels: ["rack": "7"])
    _ = try await catalog.setLabels(["a": "1", "b": "2", "c": "3"], of: key("m"), ifETag: "", at: moment(2))
    _ = try await catalog.setLabels(
      ["a": "4"], removing: ["b", "none", "rack"], of: key("m"), ifETag: "", at: moment(3))
    #expect(labels(catalog) == ["a": "4", "c": "3", "rack": "7"])
    // Clients that change one label each lose none of the others.
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<20 {
        group.addTask {
          _ = try await catalog.setLabels(
            ["n\(index)": "1"], removing: [], of: key("m"), ifETag: "", at: moment(4))
        }
      }
      try await group.waitForAll()
    }
    #expect(labels(catalog)?.count == 23)
    _ = try await catalog.setLabels(
      [:], removing: (0..<20).map { "n\($0)" } + ["a", "c"], of: key("m"), ifETag: "", at: moment(5))
    #expect(try store.range(prefix: FactKey.labelsPrefix) == [])
    let many = Dictionary(uniqueKeysWithValues: (0..<64).map { ("x\($0)", "") })
    _ = try await catalog.setLabels(many, removing: [], of: key("m"), ifETag: "", at: moment(6))
    await #expect(throws: LabelsError.invalid("more than 64 labels")) {
      try await catalog.setLabels(["one": "more"], removing: [], of: key("m"), ifETag: "", at: moment(7))
    }
  }
}
