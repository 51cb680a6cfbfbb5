import Catalog
import TestKit
import Testing

/// The catalog goes on from memory while its store takes no writes.
@Suite struct BypassTests {
  private let store = FaultyStore()
  private let clock = HandClock()
  private let catalog: ModelCatalog

  init() throws {
    catalog = try makeCatalog(store: store)
  }

  private func record(_ observations: Observation..., at time: Int64 = 5) async throws {
    try await catalog.record(observations, at: moment(time))
  }

  /// Moves the clock and lets the catalog watch over its store.
  private func pass(_ duration: Duration = .zero) async {
    clock.advance(by: duration)
    await catalog.superviseStore(now: clock.now, at: moment(9))?.value
  }

  /// Lets the store fail for so long that the catalog goes on without it.
  private func bypass(_ fault: FaultyStore.Fault = .refuses) async throws {
    store.fail(fault)
    await #expect(throws: FaultyStore.refusal) { try await record(observed("lost", ["lost"])) }
    await pass()
    await pass(.seconds(10))
    #expect(catalog.storeFailure?.bypassedSince == moment(9))
  }

  /// The disk recovers, and the catalog finds out.
  private func recover() async {
    store.fail(nil)
    await pass(.seconds(1))
    #expect(catalog.storeFailure == nil)
  }

  private var listed: [String] { catalog.view.snapshot.keys().map(\.id) }

  /// Checks that another process loads what this catalog shows.
  private func checkStore() throws {
    let loaded = try makeCatalog(store: store)
    let (old, new) = (catalog.view, loaded.view)
    #expect(new.head == old.head)
    #expect(
      new.snapshot.refs(namespace: nil, sight: .all).map(\.model)
        == old.snapshot.refs(namespace: nil, sight: .all).map(\.model))
    #expect(loaded.knownEngines().map(\.facts) == catalog.knownEngines().map(\.facts))
    #expect(loaded.registrations() == catalog.registrations())
  }

  @Test func `after 10 s without a write, observations are listed from memory and declared writes fail`() async throws {
    try await record(observed("e", ["a", "b"]))
    _ = try await catalog.setLabels(["tier": "gold"], of: key("a"), ifETag: "", at: moment(6))
    let registration = Registration(
      leaseID: "l", namespace: "team", url: "http://a:1", labels: [:], ttl: .seconds(60))
    try await catalog.register(registration, at: moment(6))
    store.fail(.refuses)
    await #expect(throws: FaultyStore.refusal) { try await record(observed("e", ["a"])) }
    await pass()
    await pass(.milliseconds(9_999))
    await #expect(throws: FaultyStore.refusal) { try await record(observed("e", ["a"])) }
    #expect(catalog.storeFailure == StoreFailure(reason: "the disk is full", since: moment(5)))
    await pass(.milliseconds(1))
    #expect(
      catalog.storeFailure == StoreFailure(reason: "the disk is full", since: moment(5), bypassedSince: moment(9)))
    try await record(observed("e", ["a"], .unreachable), observed("f", ["c"]))
    #expect(listed == ["a", "c"])
    #expect(catalog.view.snapshot.model(key("a"), sight: .all)?.model.state == .unreachable)
    await #expect(throws: FaultyStore.refusal) {
      try await catalog.setLabels(["tier": "iron"], of: key("a"), ifETag: "", at: moment(6))
    }
    await #expect(throws: FaultyStore.refusal) { try await catalog.register(registration, at: moment(6)) }
    await #expect(throws: FaultyStore.refusal) { try await catalog.deregister(["l"], isDurable: true, at: moment(6)) }
    #expect(catalog.registrations() == [registration])
    try await catalog.deregister(["l"], isDurable: false, at: moment(6))
    #expect(catalog.registrations() == [])
    #expect(store.commits.count == 3)
    await recover()
    _ = try await catalog.setLabels(["tier": "iron"], of: key("a"), ifETag: "", at: moment(6))
    try checkStore()
    #expect(catalog.view.snapshot.model(key("a"), sight: .all)?.model.labels == ["tier": "iron"])
  }

  @Test func `a store that recovers within 10 s begins no epoch`() async throws {
    store.fail(.refuses)
    await #expect(throws: FaultyStore.refusal) { try await record(observed("e", ["a"])) }
    await pass()
    await pass(.seconds(9))
    store.fail(nil)
    try await record(observed("e", ["a"]))
    store.fail(.refuses)
    await #expect(throws: FaultyStore.refusal) { try await record(observed("e", ["b"])) }
    await pass()
    await pass(.seconds(9))
    #expect(catalog.storeFailure?.bypassedSince == nil)
    #expect(catalog.view.history.epoch == 0)
  }

  @Test(arguments: [FaultyStore.Fault.hangs, .holdsAnswers])
  func `a store that does not answer for 60 s holds observations for 10 s`(_ fault: FaultyStore.Fault) async throws {
    try await record(observed("e", ["a"]))
    store.fail(fault)
    let write = Task { try await record(observed("e", ["a", "lost"])) }
    try await until { store.heldCount == 1 }
    await pass()
    await pass(.milliseconds(9_999))
    #expect(catalog.storeFailure == nil)
    await pass(.milliseconds(1))
    await #expect(throws: StoreError.unavailable(reason: "the store has not answered for 10 s")) {
      try await write.value
    }
    #expect(catalog.storeFailure?.bypassedSince == moment(9))
    // The attempt to write hangs as well, and holds nothing else.
    clock.advance(by: .seconds(1))
    let attempt = catalog.superviseStore(now: clock.now, at: moment(9))
    try await until { store.heldCount == 2 }
    for second in 1...50 {
      try await record(observed("e", ["a", "n\(second % 2)"]))
      clock.advance(by: .seconds(1))
      #expect(catalog.superviseStore(now: clock.now, at: moment(9)) == nil)
    }
    #expect(listed == ["a", "n0"])
    store.fail(nil)
    await attempt?.value
    #expect(catalog.storeFailure == nil)
    try checkStore()
    #expect(listed == ["a", "n0"])
  }

  @Test func `the late failure of a call that was abandoned is no failure of the store`() async throws {
    store.fail(.hangs)
    let write = Task { try await record(observed("e", ["lost"])) }
    try await until { store.heldCount == 1 }
    await pass()
    await pass(.seconds(10))
    await #expect(throws: StoreError.self) { try await write.value }
    // The attempt and the recovery succeed, and then the abandoned commit fails.
    store.fail(nil, releasing: 0)
    await pass(.seconds(1))
    #expect(catalog.storeFailure == nil)
    store.fail(nil)
    for _ in 0..<100 { await Task.yield() }
    #expect(catalog.storeFailure == nil)
    try checkStore()
  }

  @Test func `a hint that hangs is a failure too`() async throws {
    store.fail(.hangs)
    try await record()
    catalog.readings.note(engineID: "e", observedAt: moment(5))
    let keeping = Task { try await catalog.housekeep(at: moment(7), remember: .seconds(1)) }
    try await until { store.heldCount == 1 }
    await pass()
    await pass(.seconds(10))
    await #expect(throws: StoreError.self) { try await keeping.value }
    #expect(catalog.storeFailure?.bypassedSince == moment(9))
    try await catalog.housekeep(at: moment(8), remember: .seconds(1))
    store.fail(nil)
    try await until {
      await pass(.seconds(1))
      return catalog.storeFailure == nil
    }
  }

  @Test func `a write in memory publishes in a new epoch, and watches begin again`() async throws {
    try await record(observed("e", ["a"]))
    var watcher = WatchCursor(namespace: nil, sight: .all, startRevision: 0, now: clock.now)
    #expect(steps(&watcher) == ["ADDED a 0", "SYNCED - 1001"])
    try await bypass()
    #expect(steps(&watcher) == ["RESET - 0", "ADDED a 0", "SYNCED - 1002"])
    try await record(observed("e", ["b"]))
    #expect(steps(&watcher) == ["REMOVED a 1002", "ADDED b 1003"])
    for revision in [1_000, 1_001] as [Int64] {
      var resumed = WatchCursor(namespace: nil, sight: .all, startRevision: revision, now: clock.now)
      #expect(steps(&resumed) == ["RESET - 0", "ADDED b 0", "SYNCED - 1003"])
    }
    var resumed = WatchCursor(namespace: nil, sight: .all, startRevision: 1_002, now: clock.now)
    #expect(steps(&resumed) == ["REMOVED a 1002", "ADDED b 1003", "SYNCED - 1003"])
    // The past remains readable.
    #expect(try await catalog.past(at: 1_001).keys().map(\.id) == ["a"])
    let difference = try await catalog.difference(
      from: .revision(1_001), to: .present, namespace: nil, now: Timestamp(microseconds: 1_003))
    #expect(difference.models.map(\.key.id) == ["a", "b"])
    await recover()
    #expect(steps(&watcher) == ["MODIFIED b 1004"])
    #expect(steps(&resumed) == ["MODIFIED b 1004"])
    try checkStore()
  }

  private func steps(_ cursor: inout WatchCursor) -> [String] {
    var lines: [String] = []
    while case .item(let item) = cursor.next(catalog.view, now: clock.now) {
      lines.append("\(item.kind.name) \(item.key?.id ?? "-") \(item.revision)")
    }
    return lines
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
    try await catalog.housekeep(at: moment(2_100), remember: .seconds(1))
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
    try await catalog.housekeep(at: moment(2_200), remember: .seconds(1))
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
