import Catalog
package import GRPC
package import Messages
import Wire

/// `rollcall.v1.CatalogAdmin`.
package struct CatalogAdminService: Service {
  private let environment: ServiceEnvironment

  package init(_ environment: ServiceEnvironment) {
    self.environment = environment
  }

  package var description: ServiceDescription { .catalogAdmin }

  package func handler(for method: MethodDescription) -> Handler? {
    switch method.name {
    case "SetModelLabels":
      .unary { [self] request, call in reply { () throws(Status) in try setLabels(request, call) } }
    default: nil
    }
  }

  private func setLabels(_ bytes: ArraySlice<UInt8>, _ call: any ServerCall) throws(Status) -> Reply {
    try admit(call)
    let request = try decoded { () throws(MalformedMessage) in try LabelsRequest.decode(bytes) }
    guard !request.id.isEmpty else { throw .invalidArgument(field: "id", "must not be empty") }
    // Before, nobody knows that a model is not there.
    _ = try environment.readySnapshot()
    return later { [self] () async throws(Status) in .slice(try await declare(request)) }
  }

  private func admit(_ call: any ServerCall) throws(Status) {
    guard call.peerIsLoopback || environment.adminIsOpen else {
      throw Status(
        .permissionDenied,
        "this service answers peers on its own machine alone; a server that is started with --admin-insecure answers all",
        reason: "ADMIN_LOOPBACK_ONLY")
    }
  }

  /// The packed model as it is with its labels.
  private func declare(_ request: LabelsRequest) async throws(Status) -> ArraySlice<UInt8> {
    let key = ModelKey(namespace: request.namespace.isEmpty ? defaultNamespace : request.namespace, id: request.id)
    do {
      return try await environment.catalogue.setLabels(
        request.labels, of: key, ifETag: request.etag, at: environment.now()
      ).packed
    } catch let error as LabelsError {
      throw Status(error, key)
    } catch let error as StoreError {
      throw Status(error)
    } catch {
      throw Status(.internal, "the labels are not stored: \(error)", reason: "INTERNAL")
    }
  }
}

extension Status {
  fileprivate init(_ error: LabelsError, _ key: ModelKey) {
    switch error {
    case .notFound:
      self = .modelNotFound(key)
    case .etagMismatch:
      self.init(
        .aborted, "the model '\(key.id)' in namespace '\(key.namespace)' has another etag: read it again",
        reason: "ETAG_MISMATCH", metadata: ["namespace": key.namespace, "id": key.id])
    case .invalid(let problem):
      self = .invalidArgument(field: "labels", problem)
    }
  }

  fileprivate init(_ error: StoreError) {
    switch error {
    case .unavailable(let reason):
      self.init(.unavailable, "the store takes no writes: \(reason)", reason: "STORE_UNAVAILABLE")
    case .conflict, .compacted, .future, .tooManyOperations:
      self.init(.internal, "the store refuses the labels: \(error)", reason: "INTERNAL")
    }
  }
}
