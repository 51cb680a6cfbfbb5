import Synchronization

extension ModelCatalog {
  /// All claims that are stored, by lease.
  package func registrations() -> [Registration] {
    ledger.withLock { $0.registrations.sorted { $0.key < $1.key }.map(\.value) }
  }

  /// Stores a claim, in place of one of the same lease. Once this returns it outlives a loss of power. Throws `StoreError`.
  package func register(_ registration: Registration, at now: Timestamp) async throws {
    try await write([.register(registration)], at: now)
  }

  /// Ends leases; those that there are not are passed over. `isDurable`: someone is told that they ended. Throws
  /// `StoreError`.
  package func deregister(_ leaseIDs: [String], isDurable: Bool, at now: Timestamp) async throws {
    try await write(leaseIDs.map { .deregister(leaseID: $0, isDurable: isDurable) }, at: now)
  }
}
