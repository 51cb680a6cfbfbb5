import Catalog
import TestKit
import Testing

@Suite struct StoreTests {
  @Test("a store in memory is a store", arguments: StoreConformance.checks)
  func conforms(check: StoreConformance.Check) async throws {
    try await check.run(MemoryStore(epoch: 1_000_000))
  }
}
