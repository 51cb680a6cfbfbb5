import Catalog
import HTTP
import HTTPTypes
import Synchronization
import Wire

/// The 304 answers to clients of `GET /v1/models` that already hold the present list. This is the most frequent request
/// and the cheapest. Both heads are made once per revision.
final class NotModifiedCache: Sendable {
  private struct Heads: Sendable {
    let revision: Int64
    /// The values of `If-None-Match` from a client that holds the present list plain, and from a client that holds it
    /// compressed.
    let conditions: (identity: String, gzip: String)
    let heads: (identity: PreparedHead, gzip: PreparedHead)

    init(_ snapshot: Snapshot, _ sight: Sight) {
      revision = snapshot.revision
      let tag = EntryShape.openAI.tag(snapshot.contentHash(namespace: nil, sight: sight))
      let representation = Representation(tag: tag, shape: .openAI)
      conditions = (tag.text, tag.with(.gzip).text)
      heads = (Self.head(representation, .identity), Self.head(representation, .gzip))
    }

    private static func head(_ representation: Representation, _ coding: ContentCoding) -> PreparedHead {
      PreparedHead(status: .notModified, fields: Response.notModified(repeating: representation.fields(coding)).fields)
    }
  }

  private let heads = Mutex(LRUCache<Heads>(countLimit: 1))
  /// The time of all uses: the heads leave with their revision, not by age.
  private let start = ContinuousClock.now

  var figures: CacheFigures { heads.withLock { $0.figures } }

  /// The 304 for the plain list, when the request's condition is exactly its tag; nil: the caller has to examine the
  /// request.
  func response(_ request: Request, _ snapshot: Snapshot, _ sight: Sight) -> Response? {
    guard request.query == nil, let condition = request[.ifNoneMatch], request[.anthropicVersion] == nil else {
      return nil
    }
    let heads = heads.withLock { heads in
      if let known = heads.find(now: start, where: { $0.revision == snapshot.revision }) { return known }
      let made = Heads(snapshot, sight)
      _ = heads.insert(made, now: start)
      return made
    }
    if condition == heads.conditions.identity { return Response(heads.heads.identity) }
    if condition == heads.conditions.gzip { return Response(heads.heads.gzip) }
    return nil
  }
}
