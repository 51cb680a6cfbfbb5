import Catalog
import TestKit
import Testing

/// The catalog goes back to its store, or its process ends before that.
@Suite struct BypassEndTests: BypassFixture {
  let store = FaultyStore()
  let clock = HandClock()
  let catalog: ModelCatalog

  init() throws {
    catalog = try makeCatalog(store: store)
  }

  @Test func `without any write in memory the recovery still takes the store past the epoch`() async throws {
    try await record(observed("e", ["a"]))
    try await bypass()
    #expect(catalog.view.head == 1_002)
    await recover()
    #expect(catalog.view.head == 1_003)
    #expect(store.revision == 3)
    try checkStore()
    // What follows is an ordinary transaction.
    try await record(observed("e", ["b"]))
    #expect(catalog.view.head == 1_004)
    try checkStore()
  }

  @Test func `a refused transaction that reached the store is undone before the next commit`() async throws {
    try await record(observed("e", ["a"]))
    store.fail(.losesAnswers)
    await #expect(throws: FaultyStore.refusal) { try await record(observed("e", ["lost"])) }
    #expect(store.revision == 2)
    store.fail(nil)
    try await record(observed("f", ["b"]))
    #expect(listed == ["a", "b"])
    #expect(catalog.storeFailure?.bypassedSince == moment(5))
    await pass()
    #expect(catalog.storeFailure == nil)
    #expect(listed == ["a", "b"])
    try checkStore()
  }

  @Test func `a model that goes and returns in memory has the revision that the store gives it`() async throws {
    try await record(observed("e", ["a", "b"]))
    try await bypass()
    try await record(observed("e", ["b"]))
    try await record(observed("e", ["a", "b"]))
    await recover()
    #expect(catalog.view.snapshot.model(key("a"), sight: .all)?.model.revision == catalog.view.head)
    try checkStore()
  }

  @Test(arguments: 0..<5)
  func `a recovery that fails at any commit goes on later, and stores everything`(commits: Int) async throws {
    try await record(observed("e", (0..<150).map { "m\($0)" }))
    try await bypass()
    try await record(observed("e", (100..<300).map { "m\($0)" }), observed("f", ["x"]))
    let head = catalog.view.head
    store.fail(.refuses, after: commits)
    await pass(.seconds(1))
    let isComplete = catalog.storeFailure == nil
    #expect(isComplete == (commits == 4))
    // A part of the recovery is not published: another process could not resume from it.
    #expect(isComplete == (catalog.view.head > head))
    #expect(listed.count == 201)
    if !isComplete {
      // A client that saw a part of the recovery misses nothing later.
      var watcher = Watcher(nil, now: clock.now)
      while watcher.step(catalog.view, now: clock.now, lists: [catalog.view.head: present]) {}
      try await record(observed("f", []))
      #expect(catalog.view.head > store.epoch + store.revision, "a revision of the store is used in memory")
      try await record(observed("f", ["y"]))
      await recover()
      while watcher.step(catalog.view, now: clock.now, lists: [catalog.view.head: present]) {}
      #expect(watcher.copy == present.mapValues(PlainModelEncoder.text))
    }
    try checkStore()
  }

  private var present: [ModelKey: Model] {
    Dictionary(
      uniqueKeysWithValues: catalog.view.snapshot.refs(namespace: nil, sight: .all).map { ($0.key, $0.model) })
  }

  @Test func `the store keeps its past while the history begins in memory`() async throws {
    let catalog = try makeCatalog(store: store, history: HistoryLimits(age: .microseconds(10)))
    try await catalog.record([observed("e", ["a"])], at: moment(2_000))
    store.fail(.refuses)
    await #expect(throws: FaultyStore.refusal) { try await catalog.record([observed("e", [])], at: moment(2_001)) }
    for seconds in [0, 10] {
      clock.advance(by: .seconds(seconds))
      await catalog.superviseStore(now: clock.now, at: moment(2_002))?.value
    }
    for time in 3...5 as ClosedRange<Int64> {
      try await catalog.record([observed("e", ["m\(time)"])], at: moment(2_000 + time))
    }
    try await catalog.housekeep(at: moment(2_100), remember: .seconds(86_400))
    let floor = catalog.view.history.floor.revision
    #expect(floor == catalog.view.head && store.compacted == 0)
    store.fail(nil)
    clock.advance(by: .seconds(1))
    await catalog.superviseStore(now: clock.now, at: moment(2_101))?.value
    try await catalog.record([observed("e", ["n"])], at: moment(2_102))
    #expect(store.compacted == 0)
    // A client at the floor, which is a revision in memory, cannot resume in another process.
    let loaded = try makeCatalog(store: store)
    #expect(loaded.view.history.position(after: floor) == nil)
    try await catalog.housekeep(at: moment(2_200), remember: .seconds(86_400))
    #expect(store.compacted == store.revision)
  }

  @Test func `in memory a model with declared labels is not forgotten, and one without is`() async throws {
    try await record(observed("e", ["a", "b"]))
    _ = try await catalog.setLabels(["tier": "gold"], of: key("a"), ifETag: "", at: moment(6))
    try await record(observed("e", []), at: 7)
    try await bypass()
    try await catalog.housekeep(at: moment(100), remember: .microseconds(1))
    await recover()
    func seen() throws -> [String] {
      try store.range(prefix: FactKey.seenPrefix).compactMap { entry in
        if case .seen(let key)? = FactKey(bytes: entry.key) { key.id } else { nil }
      }
    }
    #expect(try seen() == ["a"])
    try await catalog.housekeep(at: moment(101), remember: .microseconds(1))
    #expect(try seen() == [])
    #expect(try store.range(prefix: FactKey.labelsPrefix) == [])
  }

  @Test func `a process that starts on a disk that is still full begins in memory, above what clients know`()
    async throws
  {
    func open(_ store: FaultyStore) async throws -> ModelCatalog {
      try await ModelCatalog.open(
        store: store, codec: PlainFactCodec(), encoder: PlainModelEncoder(), now: moment(20))
    }
    let store = FaultyStore()
    let first = try await open(store)
    try await first.record([observed("e", ["a"])], at: moment(5))
    store.fail(.refuses)
    await #expect(throws: FaultyStore.refusal) { try await first.record([observed("e", [])], at: moment(6)) }
    for seconds in [0, 10] {
      clock.advance(by: .seconds(seconds))
      await first.superviseStore(now: clock.now, at: moment(9))?.value
    }
    try await first.record([observed("e", ["b"])], at: moment(10))
    let killed = store.kill()
    killed.fail(.refuses)
    let next = try await open(killed)
    #expect(next.view.head > first.view.head)
    #expect(next.view.snapshot.keys().map(\.id) == ["a"] && next.storeFailure?.bypassedSince == moment(20))
  }

  @Test func `a process that is killed in memory loses no declared write, and no revision counts twice`() async throws {
    try await record(observed("e", ["a"]))
    _ = try await catalog.setLabels(["tier": "gold"], of: key("a"), ifETag: "", at: moment(6))
    try await bypass()
    try await record(observed("e", ["b"]), observed("f", ["c"]))
    let last = catalog.view.head
    let killed = store.kill()
    let next = try await ModelCatalog.open(
      store: killed, codec: PlainFactCodec(), encoder: PlainModelEncoder(), now: moment(20))
    #expect(next.view.head > last)
    #expect(next.view.snapshot.keys().map(\.id) == ["a"])
    #expect(next.view.snapshot.model(key("a"), sight: .all)?.model.labels == ["tier": "gold"])
    #expect(next.view.history.position(after: last) == nil)
    try await next.record([observed("e", ["b"]), observed("f", ["c"])], at: moment(20))
    #expect(next.view.head > last)
    #expect(next.view.history.position(after: last) == nil)
  }
}
