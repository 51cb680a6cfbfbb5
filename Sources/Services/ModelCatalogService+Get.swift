import Catalog
import GRPC
import Messages
import Wire

extension ModelCatalogService {
  /// One packed `Model`: in view BASIC a part of the snapshot, not copied.
  func get(_ bytes: ArraySlice<UInt8>) throws(Status) -> Reply {
    let request = try decoded { () throws(MalformedMessage) in try GetRequest.decode(bytes) }
    guard !request.id.isEmpty else { throw .invalidArgument(field: "id", "must not be empty") }
    let present = try environment.readySnapshot()
    if try Self.isPresent(request.atRevision, present) { return .slice(try packed(request, of: present)) }
    return later { [self] () async throws(Status) in
      .slice(try packed(request, of: try await environment.past(at: request.atRevision)))
    }
  }

  private func packed(_ request: GetRequest, of snapshot: Snapshot) throws(Status) -> ArraySlice<UInt8> {
    let key = ModelKey(namespace: request.namespace.isEmpty ? defaultNamespace : request.namespace, id: request.id)
    guard let found = snapshot.model(key, sight: .all) else { throw .modelNotFound(key) }
    switch request.view {
    case .basic:
      return found.packed
    case .full:
      let observedAt = environment.observedAt(atRevision: request.atRevision)
      return FullEncoder().encode(found.model, observedAt: observedAt)[...]
    }
  }
}
