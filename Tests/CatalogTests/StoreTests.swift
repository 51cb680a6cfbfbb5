import Catalog
import TestKit
import Testing

@Suite struct StoreTests {
  @Test(arguments: StoreConformance.checks)
  func `the store in memory conforms to the contract of a store`(check: StoreConformance.Check) async throws {
    try await check.run(MemoryStore(epoch: 1_000_000))
  }
}
