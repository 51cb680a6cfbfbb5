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
    if try Self.isPresent(request.atRevision, present) {
      let found = try find(request, in: present)
      if request.view == .full, found.model.replicas.count > FullEncoder.quickLimit {
        return later { () async throws(Status) in .slice(packed(found, request)) }
      }
      return .slice(packed(found, request))
    }
    return later { [self] () async throws(Status) in
      .slice(packed(try find(request, in: try await environment.past(at: request.atRevision)), request))
    }
  }

  private func find(_ request: GetRequest, in snapshot: Snapshot) throws(Status) -> ModelRef {
    let key = ModelKey(namespace: request.namespace.isEmpty ? defaultNamespace : request.namespace, id: request.id)
    guard let found = snapshot.model(key, sight: .all) else { throw .modelNotFound(key) }
    return found
  }

  private func packed(_ found: ModelRef, _ request: GetRequest) -> ArraySlice<UInt8> {
    switch request.view {
    case .basic:
      return found.packed
    case .full:
      let reading = environment.reading(atRevision: request.atRevision)
      return FullEncoder().encode(found.model, reading: reading)[...]
    }
  }
}
