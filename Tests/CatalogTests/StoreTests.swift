import Catalog
import TestKit
import Testing

@Suite struct StoreTests {
  @Test("a store in memory is a store", arguments: StoreConformance.checks)
  func conforms(check: StoreConformance.Check) async throws {
    try await check.run(MemoryStore(epoch: 1_000_000))
  }

  @Test("a store in memory holds a bounded number of changes") func boundedChanges() async throws {
    let store = MemoryStore(epoch: 1, retainedOperations: 10)
    for index in 0..<100 {
      _ = try await store.commit(StoreTransaction(operations: [.put(key: [UInt8(index)], value: [])]))
    }
    #expect(throws: StoreError.compacted) { try store.changes(after: 0) }
    let held = (0...100).filter { (try? store.changes(after: $0)) != nil }
    #expect(try store.changes(after: #require(held.first)).map(\.revision) == Array(held.dropFirst()))
    #expect(held.count <= 11 && held.count > 5)
  }
}
