import Catalog
import TestKit
import Testing

/// A catalog over a store that outlives it, what must be true of it, and watchers.
struct CatalogRun {
  var weather: Weather
  var wall = moment(0)
  /// The uptime of all processes together.
  private var elapsed = Duration.zero
  private var uptime = HandUptime()
  private let limits: HistoryLimits
  private let shape: TreeShape
  private let store: MemoryStore
  private var catalog: ModelCatalog
  private let views = PublishedViews()
  private var world = CatalogModel()
  private let clock = HandClock()
  private var watchers: [Watcher]
  private var before: [ModelKey: Model] = [:]
  /// The true lists by revision.
  private var truths: [Int64: [ModelKey: Model]] = [:]

  init(seed: UInt64) async throws {
    weather = Weather(random: SeededGenerator(seed: seed))
    limits = HistoryLimits(
      events: weather.pick([0, 1, 10, 60, 400, 100_000]),
      age: weather.pick([.seconds(3), .seconds(30), .seconds(3_600)]))
    shape = seed % 3 == 0 ? .standard : tinyShape
    store = MemoryStore(epoch: 1_000, step: seed % 2 == 0 ? 1 : 7)
    catalog = try await ModelCatalog.open(
      store: store, codec: PlainFactCodec(), encoder: PlainModelEncoder(), history: limits, shape: shape,
      uptime: uptime.clock, now: wall)
    let now = clock.now
    let ready = try PlainFilter("state = READY") { $0.state == .ready }
    let labelled = try PlainFilter("labels.team:* OR ready_replicas > 1") {
      $0.labels["team", default: ""] != "" || $0.readyReplicas > 1
    }
    watchers = [
      Watcher("a", now: now), Watcher("ab", now: now), Watcher(nil, now: now), Watcher(nil, now: now),
      Watcher("none", now: now), Watcher(nil, ready, now: now), Watcher("a", labelled, now: now),
      Watcher(nil, labelled, now: now),
    ]
    attach()
  }

  private mutating func attach() {
    catalog.markReady()
    views.add(catalog.view)
    catalog.onPublish { [unowned catalog, views] in views.add(catalog.view) }
    note()
  }

  /// Keeps what was published since.
  private mutating func note() {
    for view in views.take() {
      truths[view.head] = Dictionary(
        uniqueKeysWithValues: view.snapshot.refs(namespace: nil, sight: .all).map { ($0.key, $0.model) })
    }
  }

  /// Passes a second. The wall clock jumps now and then.
  mutating func tick() {
    elapsed += .seconds(1)
    uptime.now += .seconds(1)
    let jump = weather.chance(10) ? weather.pick([-86_400 * 100, -5, 3_600, 86_400 * 100] as [Int64]) : 0
    wall = wall + .seconds(1 + jump)
  }

  mutating func change() async throws {
    switch Int.random(in: 0..<10, using: &weather.random) {
    case 0, 1:
      try await declare()
    case 2:
      let remember = weather.pick([.seconds(5), .seconds(20), .seconds(100)] as [Duration])
      world.forget(at: elapsed, remember: remember)
      try await catalog.housekeep(at: wall, remember: remember)
    default:
      // Several at once share transactions, unless they are about the same.
      let observations = (0..<weather.pick([1, 1, 1, 4])).map { _ in weather.observation() }
      for observation in observations { world.take(observation, at: wall, uptime: elapsed) }
      try await catalog.record(observations, at: wall)
    }
    note()
    before = checkModels(catalog.view, world: world, before: before)
    #expect(store.compacted == catalog.view.history.floor.revision - store.epoch)
  }

  private mutating func declare() async throws {
    let labels = weather.pick([[:], ["team": "declared"], ["a": "1", "b": "2"]])
    guard let (key, model) = before.sorted(by: { $0.key < $1.key }).randomElement(using: &weather.random) else {
      await #expect(throws: LabelsError.notFound) {
        try await catalog.setLabels(labels, of: CatalogTests.key("none"), ifETag: "", at: wall)
      }
      return
    }
    let etag = weather.pick(["", model.etag, "other"])
    do {
      let returned = try await catalog.setLabels(labels, of: key, ifETag: etag, at: wall)
      world.declare(labels, of: key)
      #expect(returned.model == catalog.view.snapshot.model(key, sight: .all)?.model)
      #expect(returned.model.labels.merging(labels) { $1 } == returned.model.labels)
    } catch LabelsError.etagMismatch {
      #expect(etag == "other")
    }
  }

  /// Compares what readers ask with what a plain array says.
  mutating func look() {
    checkReads(catalog.view.snapshot, models: before.values.sorted { $0.key < $1.key }, with: &weather)
  }

  /// What is loaded is what is there.
  func load() throws {
    let loaded = try ModelCatalog(
      store: store, codec: PlainFactCodec(), encoder: PlainModelEncoder(), history: limits, shape: shape)
    let (old, new) = (catalog.view, loaded.view)
    #expect(
      new.snapshot.refs(namespace: nil, sight: .all).map(\.model)
        == old.snapshot.refs(namespace: nil, sight: .all).map(\.model))
    #expect(new.head == old.head)
    #expect(new.history.floor == old.history.floor)
    #expect(new.history.last == old.history.last)
    #expect(events(new.history) == events(old.history))
    for position in new.history.start..<new.history.end {
      #expect(new.history.mark(of: new.history.event(at: position).resumeRevision) != nil)
    }
  }

  /// Reads the past and compares moments.
  func lookBack() async throws {
    var weather = weather
    let history = catalog.view.history
    let known = truths.keys.filter { $0 >= history.floor.revision && history.mark(of: $0) != nil }.sorted()
    for revision in [weather.pick(known), known[0]] {
      let past = try await catalog.past(at: revision)
      #expect(past.revision == revision)
      #expect(
        past.refs(namespace: nil, sight: .all).map(\.model) == truths[revision]?.values.sorted { $0.key < $1.key })
    }
    if let old = truths.keys.filter({ $0 < history.floor.revision }).max() {
      await #expect(throws: PastError.notRetained(oldest: history.floor.revision)) { try await catalog.past(at: old) }
    }
    await #expect(throws: PastError.notReached(head: catalog.view.head)) {
      try await catalog.past(at: catalog.view.head + 1)
    }
    let pair = [weather.pick(known), weather.pick(known)].sorted()
    let namespace = weather.pick([nil, "a", "none"])
    let difference = try await catalog.difference(
      from: .revision(pair[0]), to: weather.chance(2) ? .revision(pair[1]) : .present, namespace: namespace, now: wall)
    let (old, new) = (truths[pair[0], default: [:]], truths[difference.to.revision, default: [:]])
    let keys = Set(old.keys).union(new.keys).filter {
      old[$0]?.etag != new[$0]?.etag && (namespace == nil || $0.namespace == namespace)
    }
    #expect(difference.models.map(\.key) == keys.sorted())
    for model in difference.models {
      #expect(model.before == old[model.key])
      #expect(model.after == new[model.key])
      #expect(model.kind == (model.before == nil ? .added : model.after == nil ? .removed : .modified))
    }
  }

  mutating func watch() {
    clock.advance(by: .milliseconds(Int.random(in: 0..<3_000, using: &weather.random)))
    for index in watchers.indices {
      watchers[index] = disturbed(watchers[index])
      var steps = Int.random(in: 0..<60, using: &weather.random)
      while steps > 0, watchers[index].step(catalog.view, now: clock.now, lists: truths) { steps -= 1 }
    }
  }

  /// The process ends, and another one opens the store: by the same rules it writes nothing and shows the same.
  mutating func restart() async throws {
    // The last housekeeping of the old process keeps its uptime.
    try await catalog.housekeep(at: wall, remember: .seconds(1_000_000))
    uptime = HandUptime()
    let (old, revision) = (catalog.view, store.revision)
    let isNewProgram = weather.chance(4)
    if isNewProgram {
      _ = try await store.commit(
        StoreTransaction(
          operations: [.put(key: FactKey.deriveKey, value: PlainFactCodec().encode(deriveVersion: 0))], time: wall))
    }
    catalog = try await ModelCatalog.open(
      store: store, codec: PlainFactCodec(), encoder: PlainModelEncoder(), history: limits, shape: shape,
      uptime: uptime.clock, now: wall)
    let new = catalog.view
    #expect(new.canList == (new.snapshot.count > 0))
    #expect(!new.isReady)
    #expect((store.revision > revision) == isNewProgram)
    #expect((new.head > old.head) == isNewProgram)
    if isNewProgram { #expect(new.history.count == 0) }
    try load()
    attach()
    for index in watchers.indices { watchers[index].reconnect(from: watchers[index].revision, now: clock.now) }
  }

  private func events(_ history: HistoryRing) -> [String] {
    (history.start..<history.end).map { position in
      let event = history.event(at: position)
      return "\(event.revision) \(event.resumeRevision) "
        + String(decoding: event.encoded.framed.dropFirst(5), as: UTF8.self)
    }
  }

  mutating func finish() {
    for index in watchers.indices {
      if watchers[index].failure != nil { watchers[index].reconnect(from: 0, now: clock.now) }
      while watchers[index].step(catalog.view, now: clock.now, lists: truths) {}
      let watcher = watchers[index]
      #expect(watcher.failure == nil)
      #expect(watcher.copy == list(catalog.view.snapshot, seenBy: watcher))
    }
  }

  private mutating func disturbed(_ watcher: Watcher) -> Watcher {
    var watcher = watcher
    let now = clock.now
    if watcher.failure != nil {
      watcher.reconnect(from: 0, now: now)
      return watcher
    }
    switch Int.random(in: 0..<24, using: &weather.random) {
    case 0: watcher.reconnect(from: 0, now: now)
    case 1, 2: watcher.reconnect(from: watcher.revision, now: now)
    case 3: watcher.reconnect(from: weather.pick([1, 999, 1 << 50]), isKnown: false, now: now)
    case 4:
      guard let revision = truths.keys.sorted().randomElement(using: &weather.random), let list = truths[revision]
      else { break }
      let own = list.filter { watcher.sees($0.value) }.mapValues(PlainModelEncoder.text)
      watcher.reconnect(from: revision, holding: own, now: now)
    default: break
    }
    return watcher
  }

  private func list(_ snapshot: Snapshot, seenBy watcher: Watcher) -> [ModelKey: String] {
    let models = snapshot.refs(namespace: nil, sight: .all).map(\.model).filter(watcher.sees)
    return Dictionary(uniqueKeysWithValues: models.map { ($0.key, PlainModelEncoder.text($0)) })
  }

  /// Compares every model with the one that is made from nothing; a revision moves with the contents alone.
  private func checkModels(
    _ view: CatalogView, world: CatalogModel, before: [ModelKey: Model]
  ) -> [ModelKey: Model] {
    let found = view.snapshot.refs(namespace: nil, sight: .all).map(\.model)
    var expected = world.derived
    #expect(found.map(\.key) == expected.keys.sorted())
    for model in found {
      #expect(model.revision <= view.head)
      if let old = before[model.key], old != model { #expect(model.revision > old.revision) }
      expected[model.key]?.revision = model.revision
      #expect(expected[model.key] == model)
    }
    return expected
  }
}
