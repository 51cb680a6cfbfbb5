import Catalog
import GRPC
import HTTP
import HTTPTypes
import Messages
import Services
import Synchronization
import Testing
import Wire

/// A catalog that changes, and what was true at each of its revisions.
final class QueryWorld {
  private(set) var fixture: Fixture
  var random: Chance
  var questions: QuestionPool
  private let store: MemoryStore
  private let limits: HistoryLimits
  private let views = Views()
  private var truths: [Int64: [Model]] = [:]
  private var declared: [ModelKey: [String: String]] = [:]
  /// How often a process ended, and another one opened the store.
  private(set) var restarts = 0

  init(seed: UInt64, limits: HistoryLimits) async throws {
    var random = Chance(seed: seed)
    questions = QuestionPool(&random)
    self.random = random
    self.limits = limits
    store = MemoryStore(epoch: 1_000_000)
    // Leaves in the store what outlives a process, and by which page tokens hold.
    _ = try await ModelCatalog.open(
      store: store, codec: StorageCodec(), encoder: WireModelEncoder(), now: Timestamp(microseconds: 0))
    fixture = try Fixture(store: store, history: limits)
    attach()
  }

  var head: Int64 { fixture.catalog.view.head }

  /// All models at a revision, by key.
  func truth(at revision: Int64) -> [Model] {
    note()
    guard let models = truths[revision] else {
      Issue.record("revision \(revision) was never published")
      return []
    }
    return models
  }

  /// Revisions that can be read.
  var retained: [Int64] {
    note()
    return truths.keys.filter { isRetained($0) }.sorted()
  }

  func isRetained(_ revision: Int64) -> Bool {
    let history = fixture.catalog.view.history
    return revision == head || revision >= history.floor.revision && history.mark(of: revision) != nil
  }

  private func attach() {
    let (catalog, views) = (fixture.catalog, views)
    views.add(catalog.view)
    catalog.onPublish { [unowned catalog] in views.add(catalog.view) }
  }

  private func note() {
    for view in views.take() {
      truths[view.head] = view.snapshot.refs(namespace: nil, sight: .all).map(\.model).sorted { $0.key < $1.key }
    }
  }

  /// The process ends, and another one opens the store.
  func restart() throws {
    fixture = try Fixture(store: store, history: limits)
    restarts += 1
    attach()
  }

  /// A catalog that was told the same facts in another order, and remembers nothing else.
  func twin() async throws -> Fixture {
    let twin = try Fixture(store: MemoryStore(epoch: 5_000_000))
    let models = truth(at: head)
    for (moment, seen) in Dictionary(grouping: models, by: \.created).sorted(by: { $0.key < $1.key }) {
      let engines = Dictionary(grouping: seen, by: \.key.namespace).map { namespace, models in
        Observation.engine(
          EngineFacts(
            id: "herald of \(namespace)", endpoint: "e", namespace: namespace,
            condition: Condition(state: .cold, changedAt: moment)),
          models: models.map { ReplicaFacts(modelID: $0.key.id) })
      }
      try await twin.catalog.record(random.shuffled(engines), at: moment)
    }
    let now = Timestamp(microseconds: 1_800_000_000_000_000)
    for (facts, models) in random.shuffled(fixture.catalog.knownEngines()) {
      try await twin.catalog.record([.engine(facts, models: random.shuffled(models))], at: now)
    }
    for namespace in Set(models.map(\.key.namespace)) {
      try await twin.catalog.record([.forgotten(engineID: "herald of \(namespace)")], at: now)
    }
    for model in models where declared[model.key] != nil {
      _ = try await twin.catalog.setLabels(declared[model.key] ?? [:], of: model.key, ifETag: "", at: now)
    }
    return twin
  }

  // MARK: - Changes

  /// Something happens, or nothing.
  func meddle() async throws {
    for _ in 0..<random.pick([0, 0, 1, 1, 2, 4]) { try await change() }
  }

  func change() async throws {
    let now = Timestamp(microseconds: random.pick(Vocabulary.moments).0)
    switch random.number(0...9) {
    case 0: try await fixture.catalog.record([.forgotten(engineID: random.pick(Vocabulary.engines))], at: now)
    case 1, 2: try await declare(at: now)
    case 3: try await touch(at: now)
    case 4:
      // What memory of the present allows: the same again changes nothing.
      for engine in random.shuffled(fixture.catalog.engines()).prefix(1) {
        var facts = engine
        facts.condition.state = random.pick(Vocabulary.states)
        try await fixture.catalog.record([.engineOnly(facts)], at: now)
      }
    default: try await fixture.catalog.record([observation()], at: now)
    }
  }

  private func declare(at now: Timestamp) async throws {
    let models = fixture.catalog.view.snapshot.refs(namespace: nil, sight: .all).map(\.key)
    guard let key = random.shuffled(models).first else { return }
    let labels = Dictionary(
      random.some(Vocabulary.labelNames, 0...3).map { ($0, random.pick(Vocabulary.labelValues)) }
    ) { $1 }
    _ = try await fixture.catalog.setLabels(labels, of: key, ifETag: "", at: now)
    declared[key] = labels
  }

  /// Changes a model and changes it back: other revisions, the same facts.
  private func touch(at now: Timestamp) async throws {
    let models = fixture.catalog.view.snapshot.refs(namespace: nil, sight: .all).map(\.key)
    for key in random.shuffled(models).prefix(3) {
      for labels in [["touched": "x"], declared[key] ?? [:]] {
        _ = try await fixture.catalog.setLabels(labels, of: key, ifETag: "", at: now)
      }
    }
  }

  private func observation() -> Observation {
    let id = random.pick(Vocabulary.engines)
    let facts = EngineFacts(
      id: id, endpoint: random.one(in: 5) ? "other" : id, kind: random.pick(Vocabulary.kinds),
      version: random.pick(Vocabulary.versions), namespace: random.pick(Vocabulary.namespaces),
      cluster: random.pick(Vocabulary.clusters),
      labels: random.one(in: 2) ? [random.pick(Vocabulary.labelNames): random.pick(Vocabulary.labelValues)] : [:],
      condition: condition())
    let known = fixture.catalog.replicas(engineID: id).filter { _ in !random.one(in: 4) }
    return .engine(facts, models: known + random.some(Vocabulary.ids, 0...14).map { replica($0) })
  }

  private func replica(_ id: String) -> ReplicaFacts {
    ReplicaFacts(
      modelID: id, kind: random.pick([.base, .base, .adapter, .alias]), ownedBy: random.pick(Vocabulary.owners),
      root: random.pick(Vocabulary.roots), parent: random.one(in: 2) ? random.pick(Vocabulary.ids) : "",
      version: random.pick(Vocabulary.versions), maxModelLen: random.pick(Vocabulary.lengths),
      condition: random.one(in: 4) ? condition() : nil)
  }

  private func condition() -> Condition {
    Condition(
      state: random.pick(Vocabulary.states), reason: random.pick(["", "why not"]),
      changedAt: Timestamp(microseconds: random.pick(Vocabulary.moments).0))
  }
}

/// Views in the order in which they were published.
private final class Views: Sendable {
  private let views = Mutex<[CatalogView]>([])

  func add(_ view: CatalogView) { views.withLock { $0.append(view) } }

  func take() -> [CatalogView] {
    views.withLock { views in
      defer { views = [] }
      return views
    }
  }
}
