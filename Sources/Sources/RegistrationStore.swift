package import Catalog

/// Where registrations outlive the process: the catalog.
package protocol RegistrationStore: Sendable {
  /// Returns when it is committed.
  func register(_ registration: Registration, at: Timestamp) async throws
  func deregister(_ leaseIDs: [String], isDurable: Bool, at: Timestamp) async throws
}

extension ModelCatalog: RegistrationStore {}
