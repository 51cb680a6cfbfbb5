import Catalog
import GRPC
import Wire

extension Status {
  init(_ error: RegistrationError) {
    switch error {
    case .invalid(let field, let problem):
      self = .invalidArgument(field: field, problem)
    case .engineExists(let id):
      self.init(
        .alreadyExists, "another engine has the id '\(id)': choose another one", reason: "ENGINE_EXISTS",
        metadata: ["id": id])
    case .leaseExists(let leaseID):
      self.init(
        .alreadyExists, "the lease '\(leaseID)' is held in another namespace: choose another id for it",
        reason: "LEASE_EXISTS", metadata: ["lease_id": leaseID])
    case .busy(let leaseID):
      self.init(
        .aborted, "another call is about the lease '\(leaseID)' just now: try again", reason: "LEASE_BUSY",
        metadata: ["lease_id": leaseID])
    case .tooMany(let limit):
      self.init(.resourceExhausted, "\(limit) leases are held already", reason: "TOO_MANY_LEASES")
    case .noLease(let leaseID):
      self.init(
        .notFound, "there is no lease '\(leaseID)' (any more): register again", reason: "LEASE_NOT_FOUND",
        metadata: ["lease_id": leaseID])
    case .noRegistration(let engineID, let namespace):
      self.init(
        .notFound, "no engine '\(engineID)' is registered in namespace '\(namespace)'", reason: "ENGINE_NOT_FOUND",
        metadata: ["namespace": namespace, "id": engineID])
    case .store(let error):
      self.init(error)
    }
  }

  /// NOT_FOUND for an engine that is absent, or that the caller may not see: the two cases look the same.
  static func engineNotFound(id: String, namespace: String) -> Status {
    Status(
      .notFound, "there is no engine '\(id)' in namespace '\(namespace)'", reason: "ENGINE_NOT_FOUND",
      metadata: ["namespace": namespace, "id": id])
  }

  init(_ error: StoreError) {
    switch error {
    case .unavailable(let reason):
      self.init(.unavailable, "the store takes no writes: \(reason)", reason: "STORE_UNAVAILABLE")
    case .conflict, .compacted, .future, .tooManyOperations:
      self.init(.internal, "the store refuses it: \(error)", reason: "INTERNAL")
    }
  }
}
