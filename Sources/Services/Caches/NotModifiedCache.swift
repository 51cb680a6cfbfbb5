import Catalog
import HTTP
import HTTPTypes
import Synchronization
import Wire

/// The 304 answers to clients of `GET /v1/models` that already hold the present list. This is the most frequent request
/// and the cheapest. Both heads are made once per revision.
final class NotModifiedCache: Sendable {
  // A class, because each request takes them: one reference is counted, not one for each of their parts.
  private final class Heads: Sendable {
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

  // One element has no order of use, so this cache does without an `LRUCache`, which costs a tenth of such a request.
  private struct State {
    var latest: Heads?
    var figures = CacheFigures()
  }

  private let state = Mutex(State())

  var figures: CacheFigures { state.withLock { $0.figures } }

  /// The 304 for the plain list, when the request's condition is exactly its tag; nil: the caller has to examine the
  /// request.
  func response(_ request: Request, _ snapshot: Snapshot, _ sight: Sight) -> Response? {
    guard request.query == nil, let condition = request[.ifNoneMatch], request[.anthropicVersion] == nil else {
      return nil
    }
    let heads = state.withLock { state in
      if let known = state.latest, known.revision == snapshot.revision {
        state.figures.hits += 1
        return known
      }
      let made = Heads(snapshot, sight)
      state.figures.misses += 1
      if state.latest == nil { state.figures.count = 1 } else { state.figures.evictions += 1 }
      state.latest = made
      return made
    }
    let head: PreparedHead
    switch condition {
    case heads.conditions.identity: head = heads.heads.identity
    case heads.conditions.gzip: head = heads.heads.gzip
    default: return nil
    }
    // A condition that comes before this condition is examined with the request.
    return request[.ifMatch] == nil ? Response(head) : nil
  }
}
