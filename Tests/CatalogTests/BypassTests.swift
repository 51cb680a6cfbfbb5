import Catalog
import TestKit
import Testing

/// The catalog goes on from memory while its store takes no writes.
@Suite struct BypassTests: BypassFixture {
  let store = FaultyStore()
  let clock = HandClock()
  let catalog: ModelCatalog

  init() throws {
    catalog = try makeCatalog(store: store)
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

  @Test func `a failure that comes to light after a newer write succeeded is no failure of the store`() async throws {
    store.fail(.holdsRefusals)
    catalog.readings.note(engineID: "e", observedAt: moment(5))
    let keeping = Task { try await catalog.housekeep(at: moment(7), remember: .seconds(1)) }
    try await until { store.heldCount == 1 }
    store.fail(nil, releasing: 0)
    try await record(observed("e", ["a"]))
    store.fail(nil)
    await #expect(throws: StoreError.self) { try await keeping.value }
    #expect(catalog.storeFailure == nil)
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

  @Test func `hints that fit on a full disk do not hide that commits fail`() async throws {
    store.fail(.refuses)
    for second in 0..<10 {
      await #expect(throws: FaultyStore.refusal) { try await record(observed("e", ["m"])) }
      await pass(second == 0 ? .zero : .seconds(1))
      // A hint is small, so it is stored where a commit is not.
      store.fail(nil)
      try await catalog.housekeep(at: moment(6), remember: .seconds(1))
      store.fail(.refuses)
    }
    await #expect(throws: FaultyStore.refusal) { try await record(observed("e", ["m"])) }
    await pass(.seconds(1))
    #expect(catalog.storeFailure?.bypassedSince != nil)
  }
}
