import Catalog
import TestKit
import Testing

@Suite struct StoreTests {
  @Test(arguments: StoreConformance.checks)
  func `a store in memory is a store`(check: StoreConformance.Check) async throws {
    try await check.run(MemoryStore(epoch: 1_000_000))
  }
}
