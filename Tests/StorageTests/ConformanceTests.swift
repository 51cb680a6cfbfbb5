import Catalog
import Storage
import TestKit
import Testing

@Suite struct ConformanceTests {
  @Test(arguments: StoreConformance.checks)
  func `a store in a file conforms to the contract of a store`(check: StoreConformance.Check) async throws {
    try await withDirectory { directory in
      let store = try open(directory)
      try await check.run(store)
      try store.close()
    }
  }

  /// Without the check of concurrent transactions: a store that closes under them is no store.
  @Test(arguments: StoreConformance.checks.filter { !$0.description.contains("concurrent") })
  func `a store reopened before each call conforms to the contract`(check: StoreConformance.Check) async throws {
    try await withDirectory { directory in
      let store = try ReopeningStore(directory)
      try await check.run(store)
      try store.close()
    }
  }

  @Test(arguments: 0..<8)
  func `random transactions, compactions and openings leave the same contents as in memory`(seed: Int) async throws {
    var random = SeededGenerator(seed: UInt64(seed))
    try await withDirectory { directory in
      var store = try open(directory)
      let truth = MemoryStore(epoch: 1)
      // The file's revision of each of memory's.
      var revisions: [Int64] = [0]
      let letters: [UInt8] = [0x00, 0x61, 0xff]
      let prefixes: [[UInt8]] = [[], [0x61], [0xff], [0x61, 0xff]]
      for step in 0..<120 {
        switch Int.random(in: 0..<20, using: &random) {
        case 0:
          try store.close()
          store = try open(directory)
        case 1:
          let target = Int.random(in: 0..<revisions.count, using: &random)
          try await store.compact(to: revisions[target])
          try await truth.compact(to: Int64(target))
        default:
          let operations = (0..<Int.random(in: 1...6, using: &random)).map { _ -> StoreOperation in
            let key = (0..<Int.random(in: 0...3, using: &random)).map { _ -> UInt8 in
              letters[Int.random(in: 0..<3, using: &random)]
            }
            return Bool.random(using: &random) ? .delete(key: key) : .put(key: key, value: bytes("\(step)"))
          }
          let transaction = StoreTransaction(
            operations: operations, time: Timestamp(microseconds: Int64(step)), isDurable: Bool.random(using: &random))
          revisions.append(try await store.commit(transaction))
          _ = try await truth.commit(transaction)
        }
        #expect(store.revision == revisions[Int(truth.revision)])
        #expect(store.compacted == revisions[Int(truth.compacted)])
        let past = Int.random(in: Int(truth.compacted)...Int(truth.revision), using: &random)
        for prefix in prefixes {
          let expected = try truth.range(prefix: prefix, at: Int64(past)).map { entry in
            StoreEntry(key: entry.key, value: entry.value, modified: revisions[Int(entry.modified)])
          }
          #expect(try store.range(prefix: prefix, at: revisions[past]) == expected, "step \(step)")
        }
        let expected = try truth.changes(after: Int64(past))
        let changes = try store.changes(after: revisions[past])
        #expect(changes.map(\.operations) == expected.map(\.operations), "step \(step)")
        #expect(changes.map(\.time) == expected.map(\.time))
        #expect(changes.map(\.revision) == expected.map { revisions[Int($0.revision)] })
      }
      try store.close()
    }
  }
}
