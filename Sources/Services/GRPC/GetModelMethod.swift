import Catalog
import GRPC
import Messages
import Wire

/// `GetModel`: answers with one packed `Model`; in view BASIC the answer is a part of the snapshot, without a copy.
struct GetModelMethod: Sendable {
  let reader: CatalogReader

  func reply(to bytes: ArraySlice<UInt8>) throws(Status) -> Reply {
    let request = try decoded { () throws(MalformedMessage) in try GetRequest.decode(bytes) }
    guard !request.id.isEmpty else { throw .invalidArgument(field: "id", "must not be empty") }
    let read = try statused { () throws(ReadError) in
      try GetRead(
        id: request.id, namespace: request.namespace.isEmpty ? defaultNamespace : request.namespace,
        view: request.view, atRevision: request.atRevision)
    }
    guard let found = try statused({ () throws(ReadError) in try reader.modelNow(read) }) else {
      return later { () async throws(Status) in
        .slice(packed(try await statused { () async throws(ReadError) in try await reader.model(read) }, read))
      }
    }
    if read.view == .full, found.model.replicas.count > FullEncoder.quickLimit {
      return later { () async throws(Status) in .slice(packed(found, read)) }
    }
    return .slice(packed(found, read))
  }

  private func packed(_ found: ModelRef, _ read: GetRead) -> ArraySlice<UInt8> {
    switch read.view {
    case .basic: found.packed
    case .full: FullEncoder().encode(found.model, reading: reader.readings(atRevision: read.atRevision))[...]
    }
  }
}
