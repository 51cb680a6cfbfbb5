import Catalog
import GRPC
import Messages
import Wire

extension ModelCatalogService {
  /// One packed `Model`: in view BASIC a part of the snapshot, not copied.
  func get(_ bytes: ArraySlice<UInt8>) throws(Status) -> ArraySlice<UInt8> {
    let request = try decoded { () throws(MalformedMessage) in try GetRequest.decode(bytes) }
    guard !request.id.isEmpty else { throw .invalidArgument(field: "id", "must not be empty") }
    try refuse(request.atRevision != 0, field: "at_revision")
    let namespace = request.namespace.isEmpty ? defaultNamespace : request.namespace
    let key = ModelKey(namespace: namespace, id: request.id)
    guard let found = try readySnapshot().model(key, sight: .all) else { throw .modelNotFound(key) }
    switch request.view {
    case .basic: return found.packed
    case .full: return FullEncoder().encode(found.model, observedAt: environment.observedAt)[...]
    }
  }
}
