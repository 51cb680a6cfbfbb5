import Catalog
package import GRPC
package import Messages
import Wire

/// `rollcall.v1.CatalogAdmin`.
package struct CatalogAdminService: Service {
  let environment: ServiceEnvironment

  package init(_ environment: ServiceEnvironment) {
    self.environment = environment
  }

  package var description: ServiceDescription { .catalogAdmin }

  package func handler(for method: MethodDescription) -> Handler? {
    switch method.name {
    case "SetModelLabels":
      .unary { [self] request, call in reply { () throws(Status) in try setLabels(request, call) } }
    case "RegisterEngine":
      .unary { [self] request, call in reply { () throws(Status) in try register(request, call) } }
    case "KeepAliveEngine":
      .streaming { [self] call in
        KeepAliveHandler(refusal: refusal(call)) { [registry = environment.registry] in registry.keepAlive(leaseID: $0)
        }
      }
    case "DeregisterEngine":
      .unary { [self] request, call in reply { () throws(Status) in try deregister(request, call) } }
    case "ListEngines":
      .unary { [self] request, call in reply { () throws(Status) in try listEngines(request, call) } }
    case "GetEngine":
      .unary { [self] request, call in reply { () throws(Status) in try getEngine(request, call) } }
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

  func admit(_ call: any ServerCall) throws(Status) {
    if let refusal = refusal(call) { throw refusal }
  }

  /// What a peer is answered that may not use this service; nil for one that may.
  private func refusal(_ call: any ServerCall) -> Status? {
    guard !call.peerIsLoopback, !environment.adminIsOpen else { return nil }
    return Status(
      .permissionDenied,
      "this service answers peers on its own machine alone; a server that is started with --admin-insecure answers all",
      reason: "ADMIN_LOOPBACK_ONLY")
  }

  /// The packed model as it is with its labels.
  private func declare(_ request: LabelsRequest) async throws(Status) -> ArraySlice<UInt8> {
    let key = ModelKey(namespace: request.namespace.isEmpty ? defaultNamespace : request.namespace, id: request.id)
    do {
      return try await environment.catalog.setLabels(
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
}
