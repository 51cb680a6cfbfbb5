import Catalog
import TestKit
import Testing

@Suite struct HousekeepingTests {
  private let store = FailingStore()
  private let uptime = HandUptime()

  private func seen() throws -> [String] {
    try store.range(prefix: FactKey.seenPrefix).map { entry in
      guard case .seen(let key)? = FactKey(bytes: entry.key), let facts = PlainFactCodec().decodeSeen(entry.value)
      else {
        return "?"
      }
      return "\(key.id) \(facts.created.microseconds) \(facts.gone.map { "\($0.microseconds)" } ?? "-")"
    }
  }

  /// Passes time: the uptime is `microseconds`.
  private func pass(to microseconds: Int64) {
    uptime.now = .microseconds(microseconds)
  }

  @Test func `the catalog remembers an absent model no longer than the given time`() async throws {
    let catalog = try makeCatalog(store: store, uptime: uptime.clock)
    try await catalog.record([observed("e", ["m", "n"]), observed("f", ["n"])], at: moment(1))
    _ = try await catalog.setLabels(["a": "1"], of: key("m"), ifETag: "", at: moment(2))
    pass(to: 5)
    try await catalog.record([.forgotten(engineID: "e")], at: moment(5))
    #expect(try seen() == ["m 1 5", "n 1 -"])
    pass(to: 15)
    try await catalog.housekeep(at: moment(15), remember: .microseconds(10))
    #expect(try seen() == ["m 1 5", "n 1 -"])
    try await catalog.record([observed("g", ["m"])], at: moment(16))
    #expect(try seen() == ["m 1 -", "n 1 -"])
    pass(to: 20)
    try await catalog.record([observed("g", [])], at: moment(20))
    pass(to: 31)
    try await catalog.housekeep(at: moment(31), remember: .microseconds(10))
    #expect(try seen() == ["n 1 -"])
    #expect(try store.range(prefix: FactKey.labelsPrefix) == [])
  }

  @Test(arguments: [100, -100] as [Int64])
  func `a jump of the wall clock makes the catalog forget nothing, also across a restart`(days: Int64) async throws {
    let now = moment(1_700_000_000_000_000)
    var catalog = try makeCatalog(store: store, uptime: uptime.clock)
    try await catalog.record([observed("e", ["m"])], at: now)
    let labelled = try await catalog.setLabels(["a": "1"], of: key("m"), ifETag: "", at: now)
    uptime.now = .seconds(10)
    try await catalog.record([observed("e", [])], at: now + .seconds(10))
    let gone = "m \(now.microseconds) \(now.microseconds + 10_000_000)"
    for second in 11...45 as ClosedRange<Int64> {
      uptime.now = .seconds(second)
      if second == 30 {
        uptime.now = .zero
        catalog = try makeCatalog(store: store, uptime: uptime.clock)
      }
      try await catalog.housekeep(at: now + .seconds(second + days * 86_400), remember: .seconds(86_400 * 90))
    }
    #expect(try seen() == [gone])
    try await catalog.record([observed("e", ["m"])], at: now + .seconds(46))
    let back = try #require(catalog.view.snapshot.model(key("m"), sight: .all)?.model)
    #expect(back.labels == ["a": "1"])
    #expect(back.created == labelled.model.created)
  }

  @Test func `the absence of a model counts over restarts, without the time between them`() async throws {
    var catalog = try makeCatalog(store: store, uptime: uptime.clock)
    try await catalog.record([observed("e", ["m"])], at: moment(1))
    pass(to: 5)
    try await catalog.record([observed("e", [])], at: moment(2))
    for round in 1...3 as ClosedRange<Int64> {
      pass(to: round == 1 ? 8 : 3)
      try await catalog.housekeep(at: moment(3 + round * 1_000_000), remember: .microseconds(9))
      #expect(try seen() == ["m 1 2"])
      pass(to: 0)
      catalog = try makeCatalog(store: store, uptime: uptime.clock)
    }
    pass(to: 1)
    try await catalog.housekeep(at: moment(4), remember: .microseconds(9))
    #expect(try seen() == [])
  }

  @Test func `a store that lost its uptime forgets later, never earlier`() async throws {
    var catalog = try makeCatalog(store: store, uptime: uptime.clock)
    pass(to: 1_000)
    try await catalog.record([observed("e", ["m"])], at: moment(1))
    try await catalog.record([observed("e", [])], at: moment(2))
    pass(to: 5_000)
    // The process is killed before it keeps the uptime.
    pass(to: 0)
    catalog = try makeCatalog(store: store, uptime: uptime.clock)
    pass(to: 9)
    try await catalog.housekeep(at: moment(3), remember: .microseconds(9))
    #expect(try seen() == ["m 1 2"])
    pass(to: 10)
    try await catalog.housekeep(at: moment(3), remember: .microseconds(9))
    #expect(try seen() == [])
  }

  @Test func `the absence in a record of an older version begins now`() async throws {
    let old = SeenFacts(created: moment(1), gone: moment(2))
    let put = StoreOperation.put(key: FactKey.seen(key("m")).bytes, value: PlainFactCodec().encode(old))
    _ = try await store.commit(StoreTransaction(operations: [put], time: moment(1)))
    let catalog = try makeCatalog(store: store, uptime: uptime.clock)
    for (time, known) in [(5, ["m 1 2"]), (15, ["m 1 2"]), (16, [])] as [(Int64, [String])] {
      pass(to: time)
      try await catalog.housekeep(at: moment(1_700_000_000_000_000), remember: .microseconds(10))
      #expect(try seen() == known)
    }
  }

  @Test func `a model that both of its engines leave at once is absent`() async throws {
    let catalog = try makeCatalog(store: store)
    try await catalog.record([observed("e", ["m"]), observed("f", ["m"])], at: moment(1))
    try await catalog.record([observed("e", []), observed("f", [])], at: moment(5))
    #expect(try seen() == ["m 1 5"])
    try await catalog.record([observed("e", ["m"])], at: moment(6))
    try await catalog.record([observed("e", []), observed("f", ["m"])], at: moment(7))
    #expect(try seen() == ["m 1 -"])
  }

  @Test func `the catalog notices by itself that a model was lost`() async throws {
    let put = StoreOperation.put(
      key: FactKey.seen(key("m")).bytes, value: PlainFactCodec().encode(SeenFacts(created: moment(1))))
    _ = try await store.commit(StoreTransaction(operations: [put], time: moment(1)))
    let catalog = try makeCatalog(store: store)
    try await catalog.housekeep(at: moment(9), remember: .seconds(1))
    #expect(try seen() == ["m 1 9"])
  }

  @Test func `the catalog compacts the store to the history's floor, and remembers the floor's time`() async throws {
    let limits = HistoryLimits(age: .microseconds(10))
    let catalog = try makeCatalog(store: store, history: limits, uptime: uptime.clock)
    for index in 1...5 { try await catalog.record([observed("e", ["m\(index)"])], at: moment(Int64(2_000 + index))) }
    pass(to: 100)
    try await catalog.housekeep(at: moment(2_100), remember: .seconds(1))
    #expect(store.compacted == 5)
    let loaded = try makeCatalog(store: store, history: limits)
    #expect(loaded.view.history.floor == RevisionMark(revision: 1_005, time: moment(2_005)))
    let difference = try await loaded.difference(
      from: .time(moment(2_050)), to: .present, namespace: nil, now: moment(2_100))
    #expect(difference.models.isEmpty)
    await #expect(throws: PastError.notRetained(oldest: 1_005)) {
      try await loaded.difference(from: .time(moment(2_004)), to: .present, namespace: nil, now: moment(2_100))
    }
  }

  @Test func `readings survive a restart of the process`() async throws {
    let catalog = try makeCatalog(store: store)
    try await catalog.record([observed("e", []), observed("f", [])], at: moment(1))
    let revision = store.revision
    catalog.readings.note(engineID: "e", observedAt: moment(5))
    catalog.readings.note(engineID: "f", observedAt: moment(6))
    catalog.readings.note(engineID: "stray", observedAt: moment(6))
    try await catalog.housekeep(at: moment(7), remember: .seconds(1))
    catalog.readings.forget(engineID: "f")
    try await catalog.housekeep(at: moment(8), remember: .seconds(1))
    #expect(store.revision == revision)
    let loaded = try makeCatalog(store: store)
    try await loaded.housekeep(at: moment(9), remember: .seconds(1))
    let names = try store.hints().map { String(decoding: $0.name, as: UTF8.self) }
    #expect(names.sorted() == ["observed/e", "uptime"])
    #expect(loaded.readings.reading(of: "e") == EngineReading(observedAt: moment(5)))
    #expect(loaded.readings.reading(of: "f") == nil)
  }

  @Test func `the catalog shows since when the store fails, retries it, and shows that it works again`() async throws {
    let catalog = try makeCatalog(store: store)
    store.fail(after: 0)
    for time in [7, 8] as [Int64] {
      await #expect(throws: FailingStore.refusal) {
        try await catalog.record([observed("e", ["m"])], at: moment(time))
      }
      await #expect(throws: FailingStore.refusal) {
        try await catalog.housekeep(at: moment(time), remember: .seconds(1))
      }
      #expect(catalog.storeFailure == StoreFailure(reason: "the disk is full", since: moment(7)))
    }
    #expect(catalog.storeFigures.failedCommits == 2)
    #expect(catalog.storeFigures.commits == 0)
    store.fail(after: nil)
    try await catalog.housekeep(at: moment(9), remember: .seconds(1))
    #expect(catalog.storeFailure == nil)
  }

  @Test
  func `a difference whose pages clients request outlives the history, an unused one does not`() async throws {
    let catalog = try makeCatalog(store: store, history: HistoryLimits(age: .microseconds(10)), uptime: uptime.clock)
    for index in 1...3 { try await catalog.record([observed("e", ["m\(index)"])], at: moment(Int64(2_000 + index))) }
    func difference() async throws -> Int {
      try await catalog.difference(from: .revision(1_001), to: .revision(1_003), namespace: nil, now: moment(1)).models
        .count
    }
    #expect(try await difference() == 2)
    pass(to: 1_000)
    for time in [3_000, 3_001, 3_002] as [Int64] {
      try await catalog.housekeep(at: moment(time), remember: .seconds(1))
      #expect(try await difference() == 2)
    }
    #expect(catalog.view.history.floor.revision == 1_003)
    for time in [3_003, 3_004] as [Int64] { try await catalog.housekeep(at: moment(time), remember: .seconds(1)) }
    await #expect(throws: PastError.notRetained(oldest: 1_003)) { try await difference() }
  }
}
