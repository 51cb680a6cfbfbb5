import Catalog
import Synchronization
import TestKit
import Testing

/// A catalog over a disk that fails and recovers, processes that are killed, what must be true, and watchers.
///
/// All times are equal, so that an observation that is repeated in another process changes nothing.
struct FaultRun {
  private(set) var counts: [String: Int] = [:]
  private var weather: Weather
  private let clock = HandClock()
  private var store = FaultyStore()
  private var catalog: ModelCatalog
  private var views = PublishedViews()
  private var world = CatalogModel()
  /// Observations that the catalog has not recorded yet, in order.
  private var pending: [Observation] = []
  /// Labels that the catalog refused; a process that ends may leave them in the store.
  private var refused: [ModelKey: [[String: String]]] = [:]
  private var watchers: [Watcher]
  /// The published lists of all processes, by revision.
  private var lists: [Int64: [ModelKey: Model]] = [:]
  /// The models of all processes, by key and by the revision of the model.
  private var models: [ModelKey: [Int64: Model]] = [:]
  private static let wall = moment(1_000_000)

  init(seed: UInt64) async throws {
    weather = Weather(random: SeededGenerator(seed: seed))
    catalog = try await Self.open(store)
    watchers = (0..<6).map { [clock] in Watcher(["a", "ab", nil][$0 % 3], now: clock.now) }
    attach()
  }

  private static func open(_ store: FaultyStore) async throws -> ModelCatalog {
    try await ModelCatalog.open(
      store: store, codec: PlainFactCodec(), encoder: PlainModelEncoder(), shape: tinyShape, now: wall)
  }

  private mutating func attach() {
    catalog.markReady()
    views = PublishedViews()
    views.add(catalog.view)
    catalog.onPublish { [unowned catalog, views] in views.add(catalog.view) }
    note()
  }

  /// Keeps what was published since; no revision may mean two things.
  private mutating func note() {
    for view in views.take() {
      let list = Dictionary(
        uniqueKeysWithValues: view.snapshot.refs(namespace: nil, sight: .all).map { ($0.key, $0.model) })
      if let known = lists[view.head] { #expect(known == list, "revision \(view.head) is two lists") }
      lists[view.head] = list
      if view.history.count > 0 {
        // A client resumes from the revision of the last event, and its model names no earlier one.
        let last = view.history.event(at: view.history.end - 1)
        #expect(last.resumeRevision == last.revision && last.after?.revision ?? last.revision == last.revision)
      }
      for (key, model) in list {
        if let known = models[key]?[model.revision] {
          #expect(known == model, "revision \(model.revision) of \(key) is two models")
        }
        models[key, default: [:]][model.revision] = model
      }
    }
  }

  mutating func step() async throws {
    switch Int.random(in: 0..<12, using: &weather.random) {
    case 0: fail()
    case 1, 2: store.fail(nil)
    case 3: try await declare()
    case 4: await pass(seconds: Int.random(in: 1..<15, using: &weather.random))
    case 5 where weather.chance(3): try await restart()
    default: pending.append(timeless(weather.observation()))
    }
    try await recordPending()
    await pass(seconds: 1)
    check()
    await watch()
  }

  private mutating func fail() {
    let faults: [FaultyStore.Fault] = [.refuses, .losesAnswers, .hangs, .holdsAnswers]
    // A part of a long write or of a recovery succeeds.
    store.fail(weather.pick(faults), after: weather.pick([0, 0, 1, 2, 3]))
  }

  /// Lets time pass, while other tasks may run.
  private mutating func pass(seconds: Int) async {
    for _ in 0..<seconds {
      clock.advance(by: .seconds(1))
      catalog.superviseStore(now: clock.now, at: Self.wall)
      for _ in 0..<20 { await Task.yield() }
    }
    if catalog.storeFailure?.bypassedSince != nil { counts["seconds in memory", default: 0] += seconds }
  }

  /// The result of a write; time passes while the store does not answer.
  private mutating func finish<Outcome: Sendable>(
    _ body: @escaping @Sendable () async throws -> Outcome
  ) async throws -> Outcome {
    let isDone = Flag(false)
    let task = Task {
      defer { isDone.value.store(true, ordering: .releasing) }
      return try await body()
    }
    while !isDone.value.load(ordering: .acquiring) {
      await Task.yield()
      if store.heldCount > 0 { await pass(seconds: 1) }
    }
    return try await task.value
  }

  private mutating func recordPending() async throws {
    while let next = pending.first {
      do {
        try await finish { [catalog] in try await catalog.record([next], at: Self.wall) }
        world.take(next, at: Self.wall, uptime: .zero)
        pending.removeFirst()
        let isBypassed = catalog.storeFailure?.bypassedSince != nil
        counts[isBypassed ? "observations in memory" : "observations stored", default: 0] += 1
      } catch StoreError.unavailable {
        counts["refused observations", default: 0] += 1
        return
      }
    }
  }

  private mutating func declare() async throws {
    let keys = catalog.view.snapshot.keys()
    guard let key = keys.randomElement(using: &weather.random) else { return }
    let labels = ["n": "\(counts["declared", default: 0])"]
    counts["declared", default: 0] += 1
    do {
      _ = try await finish { [catalog] in
        try await catalog.setLabels(labels, of: key, ifETag: "", at: Self.wall)
      }
      world.declare(labels, of: key)
      refused[key] = nil
      counts["acknowledged", default: 0] += 1
    } catch StoreError.unavailable {
      refused[key, default: []].append(labels)
    }
  }

  /// The process is killed, and another one begins with a disk that works. Its probes find the fleet again.
  private mutating func restart() async throws {
    counts["kills", default: 0] += 1
    if catalog.storeFailure?.bypassedSince != nil { counts["kills in memory", default: 0] += 1 }
    note()
    let highest = lists.keys.max() ?? 0
    store = store.kill()
    catalog = try await Self.open(store)
    #expect(catalog.view.head >= highest, "the list went back")
    adoptLabels()
    attach()
    pending =
      Weather.engineIDs.filter { world.engines[$0] == nil }.map { .forgotten(engineID: $0) }
      + world.engines.values.sorted { $0.id < $1.id }.map { facts in
        .engine(facts, models: world.models[facts.id, default: [:]].values.sorted { $0.modelID < $1.modelID })
      } + pending
    for index in watchers.indices { watchers[index].reconnect(from: watchers[index].revision, now: clock.now) }
  }

  /// A label that was refused may be there in another process; one that was acknowledged must be.
  private mutating func adoptLabels() {
    for ref in catalog.view.snapshot.refs(namespace: nil, sight: .all) {
      let found = ref.model.labels.filter { $0.key == "n" }
      let acknowledged = world.labels[ref.key, default: [:]]
      if found == acknowledged { continue }
      #expect(refused[ref.key, default: []].contains(found), "labels of \(ref.key): \(found), not \(acknowledged)")
      world.declare(found, of: ref.key)
    }
  }

  /// Compares the list with the fleet, once every observation is recorded.
  private mutating func check() {
    guard pending.isEmpty else { return }
    counts["comparisons", default: 0] += 1
    var expected = world.derived
    let found = catalog.view.snapshot.refs(namespace: nil, sight: .all).map(\.model)
    #expect(found.map(\.key) == expected.keys.sorted())
    for model in found {
      #expect(model.revision <= catalog.view.head)
      expected[model.key]?.revision = model.revision
      #expect(expected[model.key] == model)
    }
  }

  /// The present view. Its list is noted, also when the recovery has just published it.
  private mutating func notedView() async -> CatalogView {
    let view = catalog.view
    note()
    while lists[view.head] == nil {
      await Task.yield()
      note()
    }
    return view
  }

  private mutating func watch() async {
    let view = await notedView()
    for index in watchers.indices {
      if watchers[index].failure != nil {
        watchers[index].reconnect(from: 0, now: clock.now)
      } else if weather.chance(8) {
        watchers[index].reconnect(from: watchers[index].revision, now: clock.now)
      }
      var steps = weather.pick([0, 5, 100, 1_000])
      while steps > 0, watchers[index].step(view, now: clock.now, lists: lists) { steps -= 1 }
    }
  }

  /// The disk recovers: the list, the store and the copies of all watchers are the same.
  mutating func end() async throws {
    store.fail(nil)
    try await recordPending()
    var seconds = 0
    while catalog.storeFailure != nil {
      await pass(seconds: 1)
      try await Task.sleep(for: .milliseconds(1))
      seconds += 1
      try #require(seconds < 10_000)
    }
    check()
    let view = await notedView()
    let loaded = try makeCatalog(store: store, shape: tinyShape)
    #expect(loaded.view.head == view.head)
    let present = view.snapshot.refs(namespace: nil, sight: .all).map(\.model)
    #expect(loaded.view.snapshot.refs(namespace: nil, sight: .all).map(\.model) == present)
    for index in watchers.indices {
      while watchers[index].step(view, now: clock.now, lists: lists) {}
      // A watcher that took nothing during a long recovery has stalled.
      if watchers[index].failure != nil {
        watchers[index].reconnect(from: 0, now: clock.now)
        while watchers[index].step(view, now: clock.now, lists: lists) {}
      }
      let seen = present.filter(watchers[index].sees).map { ($0.key, PlainModelEncoder.text($0)) }
      #expect(watchers[index].copy == Dictionary(uniqueKeysWithValues: seen))
    }
  }

  private func timeless(_ observation: Observation) -> Observation {
    func timeless(_ facts: EngineFacts) -> EngineFacts {
      var facts = facts
      facts.condition.changedAt = Self.wall
      // A large engine that moves between namespaces changes models twice with one revision.
      facts.namespace = ["a", "ab"][facts.id.utf8.count(where: { $0 % 2 == 0 }) % 2]
      return facts
    }
    switch observation {
    case .forgotten: return observation
    case .engineOnly(let facts): return .engineOnly(timeless(facts))
    case .engine(let facts, let models):
      return .engine(
        timeless(facts),
        models: models.map { model in
          var model = model
          model.condition?.changedAt = Self.wall
          return model
        })
    }
  }
}

/// A flag that a task sets.
private final class Flag: Sendable {
  let value: Atomic<Bool>

  init(_ value: Bool) {
    self.value = Atomic(value)
  }
}
