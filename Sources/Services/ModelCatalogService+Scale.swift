import Catalog
import GRPC
import Messages
import Wire

extension ModelCatalogService {
  private static let scalePageSize = 100
  private static let maxScalePageSize = 1_000

  /// A page of scale events; it looks through the history, off the event loop.
  func scaleEvents(_ bytes: ArraySlice<UInt8>) throws(Status) -> Reply {
    let request = try decoded { () throws(MalformedMessage) in try ScaleRequest.decode(bytes) }
    guard request.pageSize >= 0 else { throw .invalidArgument(field: "page_size", "must not be negative") }
    let limit = request.pageSize == 0 ? Self.scalePageSize : min(Int(request.pageSize), Self.maxScalePageSize)
    var after: ScaleEvent.Mark?
    if !request.pageToken.isEmpty {
      guard let mark = ScaleToken.read(request) else {
        throw .invalidArgument(field: "page_token", "is not a token of this request")
      }
      after = mark
    }
    _ = try environment.readySnapshot()
    let (view, mark) = (environment.catalog.view, after)
    return later { () async throws(Status) in
      let (events, hasMore) = view.scaleEvents(
        namespace: request.namespace, id: request.id, after: mark, limit: limit)
      let token = hasMore ? events.last.map { ScaleToken.write($0.mark, request) } : nil
      return .slice(ScalePage(events: events, nextPageToken: token ?? "").encode()[...])
    }
  }
}

/// Where a page of scale events ended, and of what: a change's revision and model, and the request's namespace and id.
/// Nothing is lost by forging one.
private enum ScaleToken {
  static func write(_ mark: ScaleEvent.Mark, _ request: ScaleRequest) -> String {
    let parts = [String(mark.revision), mark.key.namespace, mark.key.id, request.namespace, request.id]
    return Base64URL.encode(Array(parts.joined(separator: "\0").utf8))
  }

  /// nil for what was not made for this request.
  static func read(_ request: ScaleRequest) -> ScaleEvent.Mark? {
    guard let bytes = Base64URL.decode(request.pageToken), let text = String(validating: bytes, as: UTF8.self) else {
      return nil
    }
    let parts = text.utf8.split(separator: 0, omittingEmptySubsequences: false).map { String(Substring($0)) }
    guard parts.count == 5, let revision = Int64(parts[0]), parts[3] == request.namespace, parts[4] == request.id else {
      return nil
    }
    return ScaleEvent.Mark(revision: revision, key: ModelKey(namespace: parts[1], id: parts[2]))
  }
}
