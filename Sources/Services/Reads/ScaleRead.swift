import Catalog
import GRPC
import Wire

/// A page of scale events, as a client asks for it, with all fields checked.
struct ScaleRead: Sendable {
  private static let defaultLimit = 100
  private static let maxLimit = 1_000

  /// The namespace; empty: all namespaces.
  let namespace: String
  /// The id of the model; empty: all models.
  let id: String
  let limit: Int
  /// The end of the previous page; nil for the first page.
  let after: ScaleEvent.Mark?

  init(_ request: ScaleRequest) throws(ReadError) {
    guard request.pageSize >= 0 else { throw .invalid(field: "page_size", problem: "must not be negative") }
    limit = request.pageSize == 0 ? Self.defaultLimit : min(Int(request.pageSize), Self.maxLimit)
    try NameLength.check(request.namespace, field: "namespace")
    try NameLength.check(request.id, field: "id")
    namespace = request.namespace
    id = request.id
    guard !request.pageToken.isEmpty else {
      after = nil
      return
    }
    guard let mark = Self.mark(request) else {
      throw .invalid(field: "page_token", problem: "is not a token of this request")
    }
    after = mark
  }

  /// The token of the page after an event: it holds the event's revision and model, and the request's namespace and id.
  /// It is not signed, because a forged token shows nothing hidden.
  func token(after mark: ScaleEvent.Mark) -> String {
    let parts = [String(mark.revision), mark.key.namespace, mark.key.id, namespace, id]
    return Base64.encode(Array(parts.joined(separator: "\0").utf8), .url)
  }

  /// The event in the token; nil for a token of another request.
  private static func mark(_ request: ScaleRequest) -> ScaleEvent.Mark? {
    guard let bytes = Base64.decode(request.pageToken.utf8, .url),
      let text = String(validating: bytes, as: UTF8.self)
    else {
      return nil
    }
    let parts = text.utf8.split(separator: 0, omittingEmptySubsequences: false).map { String(Substring($0)) }
    guard parts.count == 5, let revision = Int64(parts[0]), parts[3] == request.namespace, parts[4] == request.id else {
      return nil
    }
    return ScaleEvent.Mark(revision: revision, key: ModelKey(namespace: parts[1], id: parts[2]))
  }
}
