import Catalog
import TestKit
import Testing

@Suite struct AbsentModelsTests {
  private let store = MemoryStore(epoch: 1_000)
  private let uptime = HandUptime()

  private var known: Set<String> {
    get throws {
      Set(
        try store.range(prefix: FactKey.seenPrefix).compactMap { entry in
          if case .seen(let key)? = FactKey(bytes: entry.key) { key.id } else { nil }
        })
    }
  }

  /// Records `count` new ids a second of one engine, and returns the largest number of stored models.
  private func invent(_ count: Int, rounds: Range<Int>, in catalog: ModelCatalog) async throws -> Int {
    var largest = 0
    for round in rounds {
      uptime.now += .seconds(1)
      try await catalog.record(
        [observed("inventor", (0..<count).map { "invented-\(round)-\($0)" })], at: moment(Int64(round) * 1_000_000))
      largest = max(largest, try known.count)
    }
    return largest
  }

  @Test func `an engine that invents ids fills no store, and pushes out no real model`() async throws {
    let catalog = try makeCatalog(
      store: store, history: HistoryLimits(events: 500), absentLimit: 1_000, uptime: uptime.clock)
    try await catalog.record([observed("e", ["labelled", "old"]), observed("f", ["present"])], at: moment(1))
    _ = try await catalog.setLabels(["tier": "gold"], of: key("labelled"), ifETag: "", at: moment(2))
    // Both were there for an hour, and are absent for longer than every invented id.
    uptime.now += .seconds(3_600)
    try await catalog.record([.forgotten(engineID: "e")], at: moment(3))
    let largest = try await invent(100, rounds: 0..<60, in: catalog)
    // 1,000 absent models, the engine's own and the present model.
    #expect(largest <= 1_101)
    let known = try known
    #expect(known.isSuperset(of: ["labelled", "old", "present"]))
    #expect(known.count(where: { $0.hasPrefix("invented") }) > 900)
    // The newest absent id is there, the oldest is not.
    #expect(known.contains("invented-58-0"))
    #expect(!known.contains("invented-0-0"))
    try await catalog.record([observed("e", ["labelled", "old"])], at: moment(4))
    let back = try #require(catalog.view.snapshot.model(key("labelled"), sight: .all)?.model)
    #expect(back.labels == ["tier": "gold"])
    #expect(back.created == moment(1))
    #expect(catalog.view.snapshot.model(key("old"), sight: .all)?.model.created == moment(1))
  }

  @Test func `declared labels protect a model from being forgotten, but not from the limit`() async throws {
    let catalog = try makeCatalog(store: store, absentLimit: 20, uptime: uptime.clock)
    for index in 0..<30 {
      uptime.now += .seconds(1)
      try await catalog.record([observed("e", ["m-\(index)"])], at: moment(1))
      guard index < 25 else { continue }
      _ = try await catalog.setLabels(["a": "1"], of: key("m-\(index)"), ifETag: "", at: moment(1))
    }
    try await catalog.record([.forgotten(engineID: "e")], at: moment(1))
    let known = try known
    #expect(known.count <= 20)
    // The last model was the last to go, and the limit held then.
    #expect(known.subtracting((0..<25).map { "m-\($0)" }).isSubset(of: ["m-29"]))
    #expect(try store.range(prefix: FactKey.labelsPrefix).count >= 19)
  }

  @Test func `a store of an older version that is over the limit shrinks with the first writes`() async throws {
    for part in 0..<300 {
      let puts = (0..<100).map { index in
        StoreOperation.put(
          key: FactKey.seen(key("old-\(part)-\(index)")).bytes,
          value: PlainFactCodec().encode(SeenFacts(created: moment(1), gone: moment(2))))
      }
      _ = try await store.commit(StoreTransaction(operations: puts, time: moment(2)))
    }
    let catalog = try makeCatalog(store: store, absentLimit: 1_000, uptime: uptime.clock)
    var counts: [Int] = []
    for round in 0..<4 {
      try await catalog.record([observed("e", ["m-\(round)"])], at: moment(3))
      counts.append(try known.count)
    }
    #expect(counts[0] < 20_002)
    #expect(counts[3] < 1_000)
  }
}
