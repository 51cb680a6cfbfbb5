import Catalog
import TestKit
import Testing

@Suite struct WatchCursorTests {
  private let clock = HandClock()

  private func cursor(_ namespace: String? = nil, from revision: Int64 = 0) -> WatchCursor {
    WatchCursor(namespace: namespace, sight: .all, startRevision: revision, now: clock.now)
  }

  private func item(_ cursor: inout WatchCursor, _ catalog: ModelCatalog) -> WatchItem? {
    if case .item(let item) = cursor.next(catalog.view, now: clock.now) { item } else { nil }
  }

  /// One step as a line.
  private func step(_ cursor: inout WatchCursor, _ catalog: ModelCatalog) -> String {
    switch cursor.next(catalog.view, now: clock.now) {
    case .item(let item): "\(item.kind.name) \(item.key?.id ?? "-") \(item.revision)"
    case .again: "again"
    case .wait: "wait"
    case .failed(let failure): "failed \(failure)"
    }
  }

  /// Steps up to and with the first that is no item.
  private func drain(_ cursor: inout WatchCursor, _ catalog: ModelCatalog) -> [String] {
    var lines: [String] = []
    repeat { lines.append(step(&cursor, catalog)) } while lines.count < 1_000 && !isLast(lines.last ?? "")
    return lines
  }

  private func isLast(_ line: String) -> Bool { line == "wait" || line.hasPrefix("failed") }

  private func record(_ observations: Observation..., to catalog: ModelCatalog) async throws {
    try await catalog.record(observations, at: moment(7))
  }

  @Test(arguments: [0, 999, 1_000, 5_000] as [Int64])
  func `a watcher gets nothing before the catalog is ready`(start: Int64) async throws {
    let catalog = try makeCatalog(ready: false)
    var cursor = cursor(from: start)
    try await record(observed("e", ["m"]), to: catalog)
    clock.advance(by: .seconds(100))
    #expect(drain(&cursor, catalog) == ["wait"])
    catalog.markReady()
    #expect(drain(&cursor, catalog).contains("SYNCED - 1001"))
  }

  @Test func `a watcher gets the list, SYNCED, then changes`() async throws {
    let catalog = try makeCatalog()
    try await record(observed("e", ["a", "b"]), to: catalog)
    var cursor = cursor()
    #expect(step(&cursor, catalog) == "ADDED a 0")
    try await record(observed("e", ["b", "c", "d"]), to: catalog)
    #expect(
      drain(&cursor, catalog) == [
        "ADDED b 0", "SYNCED - 1001", "REMOVED a 1001", "ADDED c 1001", "ADDED d 1002", "wait",
      ])
    try await record(.engineOnly(engine("e", .loading)), to: catalog)
    #expect(drain(&cursor, catalog) == ["MODIFIED b 1002", "MODIFIED c 1002", "MODIFIED d 1003", "wait"])
  }

  @Test func `a model that enters the filter is ADDED, and a model that leaves it is REMOVED`() async throws {
    let catalog = try makeCatalog()
    try await record(observed("e", ["a", "b"]), observed("f", ["c"], .loading), to: catalog)
    var cursor = WatchCursor(
      namespace: nil, filter: try Filter("state = READY"), sight: .all, startRevision: 0, now: clock.now)
    #expect(drain(&cursor, catalog) == ["ADDED a 0", "ADDED b 0", "SYNCED - 1001", "wait"])
    try await record(.engineOnly(engine("f")), to: catalog)
    try await record(observed("g", ["a"], .loading), to: catalog)
    try await record(.engineOnly(engine("e", .unreachable)), to: catalog)
    try await record(observed("f", []), to: catalog)
    #expect(
      drain(&cursor, catalog) == [
        "ADDED c 1002", "MODIFIED a 1003", "REMOVED a 1003", "REMOVED b 1004", "REMOVED c 1005", "wait",
      ])
  }

  @Test func `an item of another kind than its event is not encoded, and a removal has no model`()
    async throws
  {
    let catalog = try makeCatalog()
    try await record(observed("e", ["a"]), to: catalog)
    let filter = try Filter("state = READY")
    var cursor = WatchCursor(namespace: nil, filter: filter, sight: .all, startRevision: 1_001, now: clock.now)
    #expect(step(&cursor, catalog) == "SYNCED - 1001")
    try await record(.engineOnly(engine("e", .loading)), to: catalog)
    let removed = try #require(item(&cursor, catalog))
    #expect(removed.kind == .removed && removed.encoded == nil && removed.model == nil && removed.key == key("a"))
    try await record(.engineOnly(engine("e")), to: catalog)
    let added = try #require(item(&cursor, catalog))
    #expect(added.kind == .added && added.encoded == nil && added.model?.state == .ready)
  }

  @Test func `a watcher passes over models that its filter does not match, some at a time`() async throws {
    let catalog = try makeCatalog()
    let many = (0..<600).map { "m/\($0)" }
    try await record(observed("e", many), to: catalog)
    let head = catalog.view.head
    let hard = (0..<90).map { "nobody\($0)" }.joined(separator: " OR ")
    for round in 0..<2 {
      var cursor = WatchCursor(
        namespace: nil, filter: try Filter(hard), sight: .all, startRevision: round == 0 ? 0 : head, now: clock.now)
      if round == 1 { try await record(observed("e", []), to: catalog) }
      var lines: [String] = []
      repeat { lines.append(step(&cursor, catalog)) } while lines.last == "again"
      #expect(lines.count > 30 && lines.last?.hasPrefix("SYNCED") == true)
    }
  }

  @Test func `an empty list is SYNCED at once`() throws {
    let catalog = try makeCatalog()
    var cursor = cursor()
    #expect(drain(&cursor, catalog) == ["SYNCED - 1000", "wait"])
  }

  @Test func `an item carries the model and its bytes`() async throws {
    let catalog = try makeCatalog()
    try await record(observed("e", ["a"]), to: catalog)
    var cursor = cursor()
    let listed = try #require(item(&cursor, catalog))
    let a = try #require(catalog.view.snapshot.model(key("a"), sight: .all))
    #expect(listed.model == a.model)
    #expect(listed.packed == a.packed)
    #expect(listed.json == a.json)
    #expect(listed.encoded == nil)
    let synced = try #require(item(&cursor, catalog))
    #expect(synced.key == nil)
    #expect(synced.model == nil)
    #expect(synced.packed == nil)
    #expect(synced.encoded == nil)
    try await record(observed("e", []), to: catalog)
    let removed = try #require(item(&cursor, catalog))
    let encoded = PlainModelEncoder().encode(.removed, nil, key: key("a"), revision: 1_002)
    #expect(removed.key == key("a"))
    #expect(removed.model == nil)
    #expect(removed.encoded?.framed == encoded.framed)
  }

  @Test func `a watcher that resumes gets the later changes, then SYNCED`() async throws {
    let catalog = try makeCatalog()
    for id in ["a", "b", "c"] { try await record(observed(id, [id]), to: catalog) }
    var from1 = cursor(from: 1_001)
    #expect(drain(&from1, catalog) == ["ADDED b 1002", "ADDED c 1003", "SYNCED - 1003", "wait"])
    var fromStart = cursor(from: 1_000)
    #expect(drain(&fromStart, catalog).count == 5)
    var fromHead = cursor(from: 1_003)
    #expect(drain(&fromHead, catalog) == ["SYNCED - 1003", "wait"])
  }

  @Test func `a change during a resume follows SYNCED`() async throws {
    let catalog = try makeCatalog()
    for id in ["a", "b"] { try await record(observed(id, [id]), to: catalog) }
    var cursor = cursor(from: 1_000)
    #expect(step(&cursor, catalog) == "ADDED a 1001")
    try await record(observed("c", ["c"]), to: catalog)
    #expect(drain(&cursor, catalog) == ["ADDED b 1002", "SYNCED - 1002", "ADDED c 1003", "wait"])
  }

  @Test(arguments: [-1, 1, 999, 1_002] as [Int64])
  func `a watcher that resumes at an unknown revision gets RESET`(start: Int64) async throws {
    let catalog = try makeCatalog()
    try await record(observed("e", ["a"]), to: catalog)
    var cursor = cursor(from: start)
    #expect(drain(&cursor, catalog) == ["RESET - 0", "ADDED a 0", "SYNCED - 1001", "wait"])
  }

  @Test func `a watcher of one namespace sees it alone, and gets bookmarks when nothing in it changes`() async throws {
    let catalog = try makeCatalog()
    try await record(observed("e", ["a"]), observed("f", ["b"], namespace: "team"), to: catalog)
    var cursor = cursor("team")
    #expect(drain(&cursor, catalog) == ["ADDED b 0", "SYNCED - 1001", "wait"])
    for round in 1...3 {
      clock.advance(by: .seconds(20))
      try await record(observed("e", ["a\(round)"]), to: catalog)
      let expected = round == 2 ? ["SYNCED - 1003", "wait"] : ["wait"]
      #expect(drain(&cursor, catalog) == expected)
    }
  }

  @Test func `a watcher that falls off the history gets RESET and a new list`() async throws {
    let catalog = try makeCatalog(history: HistoryLimits(events: 2))
    var cursor = cursor()
    #expect(drain(&cursor, catalog) == ["SYNCED - 1000", "wait"])
    for id in ["a", "b", "c"] { try await record(observed("e", [id]), to: catalog) }
    #expect(drain(&cursor, catalog) == ["RESET - 0", "ADDED c 0", "SYNCED - 1003", "wait"])
    try await record(observed("e", ["d"]), to: catalog)
    #expect(drain(&cursor, catalog) == ["REMOVED c 1003", "ADDED d 1004", "wait"])
  }

  @Test func `a watcher that falls off the history again before SYNCED is ended`() async throws {
    let catalog = try makeCatalog(history: HistoryLimits(events: 2))
    try await record(observed("e", ["a", "b"]), to: catalog)
    var cursor = cursor()
    #expect(step(&cursor, catalog) == "ADDED a 0")
    for id in ["c", "d"] { try await record(observed("f", [id]), to: catalog) }
    #expect(step(&cursor, catalog) == "RESET - 0")
    #expect(step(&cursor, catalog) == "ADDED a 0")
    for id in ["e", "f"] { try await record(observed("f", [id]), to: catalog) }
    #expect(drain(&cursor, catalog) == ["failed tooSlow"])
    #expect(drain(&cursor, catalog) == ["failed tooSlow"])
  }

  @Test func `a list holds its snapshot for a minute, then begins again once`() async throws {
    let catalog = try makeCatalog()
    try await record(observed("e", (0..<20).map { "m\($0)" }), to: catalog)
    var cursor = cursor()
    var lines: [String] = []
    while lines.count < 100, lines.last.map(isLast) != true {
      lines.append(step(&cursor, catalog))
      clock.advance(by: .seconds(10))
    }
    #expect(lines.filter { $0.hasPrefix("RESET") }.count == 1)
    #expect(lines.count == 13)
    #expect(lines.last == "failed tooSlow")
  }

  @Test func `a watcher that takes none of the pending items for a minute is stalled`()
    async throws
  {
    let catalog = try makeCatalog()
    try await record(observed("e", ["a", "b"]), to: catalog)
    var slow = cursor()
    #expect(step(&slow, catalog) == "ADDED a 0")
    clock.advance(by: .seconds(59))
    #expect(!slow.isStalled(now: clock.now))
    clock.advance(by: .seconds(1))
    #expect(slow.isStalled(now: clock.now))
    #expect(step(&slow, catalog) == "failed stalled")
    var idle = cursor()
    #expect(drain(&idle, catalog).last == "wait")
    clock.advance(by: .seconds(600))
    #expect(!idle.isStalled(now: clock.now))
    #expect(drain(&idle, catalog) == ["SYNCED - 1001", "wait"])
  }
}
