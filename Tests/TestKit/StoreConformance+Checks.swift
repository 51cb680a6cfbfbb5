import Catalog

extension StoreConformance {
  static func beginsEmpty(_ store: any Store) async throws {
    try expect(store.revision == 0, "the first revision is \(store.revision)")
    try expect(store.compacted == 0, "the past begins at \(store.compacted)")
    try expect(store.epoch > 0, "the epoch is \(store.epoch)")
    try expect(contents(store).isEmpty, "it is not empty")
    try expect(store.changes(after: 0).isEmpty, "it has changes")
    try expect(store.hints().isEmpty, "it has hints")
  }

  static func countsRevisions(_ store: any Store) async throws {
    let epoch = store.epoch
    let first = try await commit([put("a", "1"), put("b", "2")], to: store)
    let none = try await commit([], to: store)
    let second = try await commit([delete("missing")], to: store)
    try expect(0 < first && none == first && first < second, "revisions are \(first), \(none), \(second)")
    try expect(store.revision == second, "the last revision is \(store.revision), not \(second)")
    try expect(store.epoch == epoch, "the epoch moved")
  }

  static func leaps(_ store: any Store) async throws {
    let first = try await commit([put("a", "1")], to: store)
    let floor = first + 1_000_000
    let leap = StoreTransaction(operations: [put("a", "2")], time: Timestamp(microseconds: 2), floor: floor)
    let second = try await store.commit(leap)
    try expect(second > floor, "the revision is \(second), not after \(floor)")
    let third = try await commit([put("b", "1")], to: store)
    let low = StoreTransaction(operations: [put("b", "2")], time: Timestamp(microseconds: 3), floor: first)
    let fourth = try await store.commit(low)
    try expect(second < third && third < fourth, "revisions are \(second), \(third), \(fourth)")
    try expect(store.changes(after: 0).map(\.revision) == [first, second, third, fourth], "changes differ")
    try expect(contents(store, at: floor) == ["a=1@\(first)"], "a revision that was left out is not the one before it")
  }

  static func fences(_ store: any Store) async throws {
    let before = store.fence()
    let first = try await commit([put("a", "1")], to: store)
    let after = store.fence()
    try expect(before >= 0 && after >= first, "the fences are \(before), \(after) around \(first)")
    let second = try await commit([put("a", "2")], to: store)
    try expect(second > first, "revisions are \(first), \(second)")
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
    let first = try await commit([put("a", "1"), put("b", "1")], to: store)
    let second = try await commit([put("a", "2")], to: store)
    try expect(contents(store) == ["a=2@\(second)", "b=1@\(first)"], "contents are \(contents(store))")
    try await commit([delete("b")], to: store)
    try expect(contents(store) == ["a=2@\(second)"], "contents after a deletion are \(contents(store))")
  }

  static func appliesInOrder(_ store: any Store) async throws {
    let first = try await commit([put("a", "1"), delete("a"), put("b", "1"), put("b", "2")], to: store)
    try expect(contents(store) == ["b=2@\(first)"], "contents are \(contents(store))")
    try await commit([delete("b"), put("b", "3"), put("b", "4")], to: store)
    try expect(contents(store, at: first) == ["b=2@\(first)"], "the past is \(contents(store, at: first))")
  }

  static func refusesConflicts(_ store: any Store) async throws {
    let first = try await commit([put("a", "1")], where: [(bytes("a"), 0)], to: store)
    try await expect(.conflict) {
      try await commit([put("a", "2"), put("b", "2")], where: [(bytes("a"), 0)], to: store)
    }
    try await expect(.conflict) {
      try await commit([put("b", "2")], where: [(bytes("a"), first), (bytes("b"), first)], to: store)
    }
    try expect(contents(store) == ["a=1@\(first)"], "a refused transaction wrote: \(contents(store))")
    try expect(store.revision == first, "a refused transaction took a revision")
    let second = try await commit([put("a", "3")], where: [(bytes("a"), first), (bytes("b"), 0)], to: store)
    try expect(contents(store) == ["a=3@\(second)"], "contents are \(contents(store))")
  }

  static func limitsOperations(_ store: any Store) async throws {
    let first = try await commit((0..<128).map { put("k\($0)", "") }, to: store)
    try await expect(.tooManyOperations) { try await commit((0..<129).map { put("l\($0)", "") }, to: store) }
    try expect(contents(store).count == 128, "a refused transaction wrote")
    try expect(store.revision == first, "a refused transaction took a revision")
  }

  static func tellsChanges(_ store: any Store) async throws {
    let first = try await commit([put("a", "1")], time: 7, to: store)
    let second = try await commit([put("b", "1"), delete("a")], time: 9, to: store)
    let all = try store.changes(after: 0)
    try expect(all.map(\.revision) == [first, second], "revisions of changes are \(all.map(\.revision))")
    try expect(all.map(\.time.microseconds) == [7, 9], "times of changes are \(all.map(\.time))")
    try expect(all.map(\.operations) == [[put("a", "1")], [put("b", "1"), delete("a")]], "operations differ")
    try expect(store.changes(after: first).map(\.revision) == [second], "changes after the first differ")
    try expect(store.changes(after: second).isEmpty, "there are changes after the last")
  }

  static func readsThePast(_ store: any Store) async throws {
    var revisions: [Int64] = [0]
    var truth: [[String]] = [[]]
    for index in 0..<12 {
      let operations = [
        index % 4 == 3 ? delete("a") : put("a", "\(index)"), index % 3 == 2 ? delete("b/x") : put("b/x", "\(index)"),
        put("b/\(index % 5)", "\(index)"),
      ]
      revisions.append(try await commit(operations, to: store))
      truth.append(try contents(store))
    }
    for (revision, expected) in zip(revisions, truth) {
      let found = try contents(store, at: revision)
      try expect(found == expected, "at \(revision) contents are \(found), not \(expected)")
      let part = try contents(store, prefix: "b/", at: revision)
      try expect(part == expected.filter { $0.hasPrefix("b/") }, "at \(revision) a prefix has \(part)")
    }
    try await expect(.future) { _ = try store.range(prefix: [], at: store.revision + 1) }
  }

  static func compacts(_ store: any Store) async throws {
    var revisions: [Int64] = []
    for value in ["1", "2", "3"] { revisions.append(try await commit([put("a", value)], to: store)) }
    try await store.compact(to: revisions[1])
    try expect(store.compacted == revisions[1], "the past begins at \(store.compacted)")
    try await expect(.compacted) { _ = try store.changes(after: revisions[0]) }
    try await expect(.compacted) { _ = try store.range(prefix: [], at: revisions[0]) }
    try expect(contents(store, at: revisions[1]) == ["a=2@\(revisions[1])"], "the first that is held differs")
    try expect(store.changes(after: revisions[1]).map(\.revision) == [revisions[2]], "what follows is not told")
    try await store.compact(to: revisions[0])
    try expect(store.compacted == revisions[1], "compaction went backwards")
    try expect(contents(store) == ["a=3@\(revisions[2])"], "compaction changed the contents")
    let fourth = try await commit([put("a", "4")], to: store)
    try expect(store.changes(after: revisions[1]).map(\.revision) == [revisions[2], fourth], "later changes differ")
    try await store.compact(to: fourth + 1_000)
    try expect(store.compacted == fourth, "it dropped more than has happened: \(store.compacted)")
    try expect(contents(store, at: fourth) == ["a=4@\(fourth)"], "the present is gone")
  }

  static func keepsHints(_ store: any Store) async throws {
    try await store.keep([hint("a", "1"), hint("b", "1")])
    try await store.keep([hint("a", "2"), hint("b", ""), hint("c", "")])
    try expect(Set(store.hints()) == [hint("a", "2")], "hints are \(try store.hints())")
    try expect(store.revision == 0, "a hint took a revision")
    try expect(contents(store).isEmpty, "a hint is in the map")
  }

  static func serializes(_ store: any Store) async throws {
    let revisions = try await withThrowingTaskGroup(of: Int64.self) { group in
      for index in 0..<64 { group.addTask { try await commit([put("k\(index)", "")], to: store) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    try expect(Set(revisions).count == 64, "revisions are \(revisions.sorted())")
    try expect(store.changes(after: 0).map(\.revision) == revisions.sorted(), "changes are not those that were told")
  }
}
