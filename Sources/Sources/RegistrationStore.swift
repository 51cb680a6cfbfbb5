package import Catalog

/// The store in which registrations outlive the process; the catalog implements it.
package protocol RegistrationStore: Sendable {
  /// Returns when the registration is committed.
  func register(_ registration: Registration, at: Timestamp) async throws
  func deregister(_ leaseIDs: [String], isDurable: Bool, at: Timestamp) async throws
}

extension ModelCatalog: RegistrationStore {}
