import Catalog

extension StoreConformance {
  static func beginsEmpty(_ store: any Store) async throws {
    try expect(store.revision == 0, "the first revision is \(store.revision)")
    try expect(store.epoch > 0, "the epoch is \(store.epoch)")
    try expect(contents(store).isEmpty, "it is not empty")
    try expect(store.changes(after: 0).isEmpty, "it has changes")
  }

  static func countsRevisions(_ store: any Store) async throws {
    let epoch = store.epoch
    let first = try await commit([put("a", "1"), put("b", "2")], to: store)
    let none = try await commit([], to: store)
    let second = try await commit([delete("missing")], to: store)
    try expect([first, none, second] == [1, 1, 2], "revisions are \(first), \(none), \(second)")
    try expect(store.revision == 2, "the last revision is \(store.revision)")
    try expect(store.epoch == epoch, "the epoch moved")
  }

  static func ordersRanges(_ store: any Store) async throws {
    let keys: [[UInt8]] = [[0x61], [0x61, 0x00], [0x61, 0x2f], [0x61, 0xc3, 0xa9], [0x61, 0xff], [0x62], [0x5a]]
    try await commit(keys.reversed().map { .put(key: $0, value: []) }, to: store)
    let found = try store.range(prefix: [0x61]).map(\.key)
    try expect(found == Array(keys.prefix(5)), "the range of a prefix is \(found)")
    let all = try store.range(prefix: []).map(\.key)
    try expect(all == [[0x5a]] + keys.prefix(6), "the range of all is \(all)")
    try expect(store.range(prefix: [0x61, 0xff]).count == 1, "a prefix of the highest byte is misread")
  }

  static func tellsModified(_ store: any Store) async throws {
    try await commit([put("a", "1"), put("b", "1")], to: store)
    try await commit([put("a", "2")], to: store)
    try expect(contents(store) == ["a=2@2", "b=1@1"], "contents are \(contents(store))")
    try await commit([delete("b")], to: store)
    try expect(contents(store) == ["a=2@2"], "contents after a deletion are \(contents(store))")
  }

  static func appliesInOrder(_ store: any Store) async throws {
    try await commit([put("a", "1"), delete("a"), put("b", "1"), put("b", "2")], to: store)
    try expect(contents(store) == ["b=2@1"], "contents are \(contents(store))")
  }

  static func refusesConflicts(_ store: any Store) async throws {
    try await commit([put("a", "1")], where: [(bytes("a"), 0)], to: store)
    try await expect(.conflict) {
      try await commit([put("a", "2"), put("b", "2")], where: [(bytes("a"), 0)], to: store)
    }
    try await expect(.conflict) {
      try await commit([put("b", "2")], where: [(bytes("a"), 1), (bytes("b"), 1)], to: store)
    }
    try expect(contents(store) == ["a=1@1"], "a refused transaction wrote: \(contents(store))")
    try expect(store.revision == 1, "a refused transaction took a revision")
    try await commit([put("a", "3")], where: [(bytes("a"), 1), (bytes("b"), 0)], to: store)
    try expect(contents(store) == ["a=3@2"], "contents are \(contents(store))")
  }

  static func limitsOperations(_ store: any Store) async throws {
    try await commit((0..<128).map { put("k\($0)", "") }, to: store)
    try await expect(.tooManyOperations) { try await commit((0..<129).map { put("l\($0)", "") }, to: store) }
    try expect(contents(store).count == 128, "a refused transaction wrote")
    try expect(store.revision == 1, "a refused transaction took a revision")
  }

  static func tellsChanges(_ store: any Store) async throws {
    try await commit([put("a", "1")], to: store)
    try await commit([put("b", "1"), delete("a")], to: store)
    let all = try store.changes(after: 0)
    try expect(all.map(\.revision) == [1, 2], "revisions of changes are \(all.map(\.revision))")
    try expect(all.map(\.operations) == [[put("a", "1")], [put("b", "1"), delete("a")]], "operations differ")
    try expect(store.changes(after: 1).map(\.revision) == [2], "changes after 1 differ")
    try expect(store.changes(after: 2).isEmpty, "there are changes after the last")
  }

  static func compacts(_ store: any Store) async throws {
    for value in ["1", "2", "3"] { try await commit([put("a", value)], to: store) }
    try store.compact(to: 2)
    try await expect(.compacted) { _ = try store.changes(after: 1) }
    try expect(store.changes(after: 2).map(\.revision) == [3], "what follows the compacted is not told")
    try store.compact(to: 1)
    try expect(contents(store) == ["a=3@3"], "compaction changed the contents")
    try await commit([put("a", "4")], to: store)
    try expect(store.changes(after: 2).map(\.revision) == [3, 4], "changes after compaction differ")
  }

  static func serializes(_ store: any Store) async throws {
    let revisions = try await withThrowingTaskGroup(of: Int64.self) { group in
      for index in 0..<64 { group.addTask { try await commit([put("k\(index)", "")], to: store) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    try expect(revisions.sorted() == Array(1...64), "revisions are \(revisions.sorted())")
  }
}
