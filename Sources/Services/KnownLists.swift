import Catalog
import HTTP
import HTTPTypes
import Synchronization
import Wire

/// Answers to readers of `GET /v1/models` who hold the present list and say so: the request that is sent most often, and
/// costs least. Both heads are made once per revision.
final class KnownLists: Sendable {
  private struct Known: Sendable {
    let revision: Int64
    /// `If-None-Match` as it is sent by who holds the list as it is, and by who holds it compressed.
    let conditions: (identity: String, gzip: String)
    let heads: (identity: PreparedHead, gzip: PreparedHead)

    init(_ snapshot: Snapshot) {
      revision = snapshot.revision
      let tag = EntryShape.openAI.tag(snapshot.contentHash(namespace: nil, sight: .all))
      let representation = Representation(tag: tag, shape: .openAI)
      conditions = (tag.text, tag.with(.gzip).text)
      heads = (Self.head(representation, .identity), Self.head(representation, .gzip))
    }

    private static func head(_ representation: Representation, _ coding: ContentCoding) -> PreparedHead {
      PreparedHead(status: .notModified, fields: Response.notModified(repeating: representation.fields(coding)).fields)
    }
  }

  private let known = Mutex<Known?>(nil)

  /// 304 for the plain list, when the request's condition is just its tag; nil: look closer.
  func notModified(_ request: Request, _ snapshot: Snapshot) -> Response? {
    guard request.query == nil, let condition = request[.ifNoneMatch], request[.anthropicVersion] == nil else {
      return nil
    }
    let known = known.withLock { known in
      if let known, known.revision == snapshot.revision { return known }
      let made = Known(snapshot)
      known = made
      return made
    }
    if condition == known.conditions.identity { return Response(known.heads.identity) }
    if condition == known.conditions.gzip { return Response(known.heads.gzip) }
    return nil
  }
}
