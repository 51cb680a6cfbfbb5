import Catalog
import Synchronization
import TestKit
import Testing

/// Random observations against dictionaries, with watchers that come and go.
@Suite struct RandomWorldTests {
  @Test("the catalogue is what its observations make, and watchers miss nothing", arguments: 0..<8 as Range<UInt64>)
  func randomWorld(seed: UInt64) async throws {
    var weather = Weather(random: SeededGenerator(seed: seed))
    let limit = weather.pick([0, 1, 10, 60, 400, 100_000])
    let store = MemoryStore(epoch: 1_000)
    let catalogue = try makeCatalogue(
      store: store, history: HistoryLimits(events: limit), shape: seed % 3 == 0 ? .standard : tinyShape)
    let views = Mutex<[CatalogueView]>([catalogue.view])
    catalogue.onPublish { [unowned catalogue] in views.withLock { $0.append(catalogue.view) } }
    var lists: [Int64: [ModelKey: String]] = [:]
    var world = World()
    let clock = HandClock()
    var watchers = ["a", "ab", nil, nil, "none"].map { Watcher($0, now: clock.now) }
    var before: [ModelKey: Model] = [:]

    for step in 1...60 {
      let observation = weather.observation()
      let now = moment(Int64(step))
      let head = catalogue.view.head
      world.take(observation, at: now)
      try await catalogue.record([observation], at: now)
      for view in views.withLock({ views in
        defer { views = [] }; return views
      }) {
        lists[view.head] = list(view.snapshot)
      }
      let isOneStep = catalogue.view.head <= head + 1
      let after = checkModels(catalogue.view, world: world, before: before, isOneStep: isOneStep)
      checkReads(catalogue.view.snapshot, models: after.values.sorted { $0.key < $1.key }, with: &weather)
      before = after
      clock.advance(by: .milliseconds(Int.random(in: 0..<3_000, using: &weather.random)))
      for index in watchers.indices {
        disturb(&watchers[index], weather: &weather, lists: lists, now: clock.now)
        var steps = Int.random(in: 0..<60, using: &weather.random)
        while steps > 0, watchers[index].step(catalogue.view, now: clock.now, lists: lists) { steps -= 1 }
      }
    }
    for index in watchers.indices {
      if watchers[index].failure != nil { watchers[index].reconnect(from: 0, now: clock.now) }
      while watchers[index].step(catalogue.view, now: clock.now, lists: lists) {}
      let watcher = watchers[index]
      #expect(watcher.failure == nil)
      #expect(watcher.copy == list(catalogue.view.snapshot, watcher.namespace))
    }
    let loaded = try makeCatalogue(store: store).view.snapshot
    #expect(
      loaded.refs(namespace: nil, sight: .all).map(\.model.etag) == before.values.sorted { $0.key < $1.key }.map(\.etag)
    )
  }

  private func disturb(
    _ watcher: inout Watcher, weather: inout Weather, lists: [Int64: [ModelKey: String]], now: ContinuousClock.Instant
  ) {
    if watcher.failure != nil {
      watcher.reconnect(from: 0, now: now)
      return
    }
    switch Int.random(in: 0..<24, using: &weather.random) {
    case 0: watcher.reconnect(from: 0, now: now)
    case 1, 2: watcher.reconnect(from: watcher.revision, now: now)
    case 3: watcher.reconnect(from: weather.pick([1, 999, 1 << 50]), isKnown: false, now: now)
    case 4:
      guard let (revision, list) = lists.sorted(by: { $0.key < $1.key }).randomElement(using: &weather.random) else {
        break
      }
      let own = list.filter { watcher.namespace == nil || $0.key.namespace == watcher.namespace }
      watcher.reconnect(from: revision, holding: own, now: now)
    default: break
    }
  }

  private func list(_ snapshot: Snapshot, _ namespace: String? = nil) -> [ModelKey: String] {
    Dictionary(
      uniqueKeysWithValues: snapshot.refs(namespace: namespace, sight: .all).map {
        ($0.key, PlainModelEncoder.text($0.model))
      })
  }

  /// Compares every model with the one that is made from nothing; a revision moves with the contents alone.
  private func checkModels(
    _ view: CatalogueView, world: World, before: [ModelKey: Model], isOneStep: Bool
  ) -> [ModelKey: Model] {
    let found = view.snapshot.refs(namespace: nil, sight: .all).map(\.model)
    var expected = world.derived
    #expect(found.map(\.key) == expected.keys.sorted())
    for model in found {
      #expect(model.revision <= view.head)
      // In several transactions a model may become another and what it was again.
      if isOneStep, let old = before[model.key], old.etag == model.etag { #expect(model.revision == old.revision) }
      expected[model.key]?.revision = model.revision
      #expect(expected[model.key] == model)
    }
    return expected
  }

  /// Compares what readers ask with what a plain array says, and with a snapshot that is made from nothing.
  private func checkReads(_ snapshot: Snapshot, models: [Model], with weather: inout Weather) {
    var shape = tinyShape
    shape.leafTarget = 4
    let fresh = Snapshot(
      revision: 1, models: models.shuffled(using: &weather.random).map { ($0, PlainModelEncoder().encode($0)) },
      shape: shape)
    for namespace in [nil, weather.pick(["a", "ab", "a/b", "none"])] {
      let own = models.filter { namespace == nil || $0.key.namespace == namespace }
      #expect(snapshot.count(namespace: namespace, sight: .all) == own.count)
      #expect(
        snapshot.contentHash(namespace: namespace, sight: .all) == fresh.contentHash(namespace: namespace, sight: .all))
      let after = weather.chance(3) ? nil : weather.pick(models.map(\.key) + [key("big/5x", "a"), key("", "ab")])
      let rest = own.filter { model in after.map { $0 < model.key } ?? true }
      let limit = Int.random(in: 1..<300, using: &weather.random)
      let bytes = Int.random(in: 0..<9_000, using: &weather.random)
      let page = snapshot.page(namespace: namespace, after: after, limit: limit, maxBytes: bytes, sight: .all)
      let elements = rest.map { PlainModelEncoder().encode($0).element }
      #expect(Array(page.slices.joined()) == Array(elements.prefix(page.count).joined()))
      #expect(page.count == expectedCount(elements, limit: limit, bytes: bytes))
      #expect(page.hasMore == (page.count < rest.count))
      #expect(page.last == rest.prefix(page.count).last?.key)
      #expect(
        text(snapshot.jsonSlices(namespace: namespace, after: after, limit: limit, sight: .all))
          == rest.prefix(limit).map(PlainModelEncoder.json).joined(separator: ","))
    }
    let states = models.reduce(into: StateCounts()) { $0.add($1.state) }
    #expect(snapshot.countsByState == states)
    #expect(snapshot.namespaces(sight: .all) == Set(models.map(\.key.namespace)).sorted())
    for model in models.shuffled(using: &weather.random).prefix(20) {
      #expect(snapshot.model(model.key, sight: .all)?.model == model)
      #expect(snapshot.model(key(model.key.id + "x", model.key.namespace), sight: .all) == nil)
    }
  }

  private func expectedCount(_ elements: [[UInt8]], limit: Int, bytes: Int) -> Int {
    var sum = 0
    var count = 0
    for element in elements.prefix(limit) {
      sum += element.count
      if sum > bytes, count > 0 { break }
      count += 1
    }
    return count
  }
}
