import Catalog
import GRPC
import Messages
import Wire

/// `SetModelLabels`: declares labels of a model and answers with the packed model.
struct SetModelLabelsMethod: Sendable {
  let environment: ServiceEnvironment

  func reply(to bytes: ArraySlice<UInt8>) throws(Status) -> Reply {
    let request = try decoded { () throws(MalformedMessage) in try LabelsRequest.decode(bytes) }
    guard !request.id.isEmpty else { throw .invalidArgument(field: "id", "must not be empty") }
    try statused { () throws(ReadError) in
      try NameLength.check(request.id, field: "id")
      try NameLength.check(request.namespace, field: "namespace")
      // Until the catalog is ready, the server cannot know that a model does not exist.
      try CatalogReader(environment).requireReady()
    }
    return later { () async throws(Status) in .slice(try await declare(request)) }
  }

  private func declare(_ request: LabelsRequest) async throws(Status) -> ArraySlice<UInt8> {
    let key = ModelKey(namespace: request.namespace.isEmpty ? defaultNamespace : request.namespace, id: request.id)
    do {
      return try await environment.catalog.setLabels(
        request.labels, removing: request.removed, of: key, ifETag: request.etag, at: environment.now()
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
