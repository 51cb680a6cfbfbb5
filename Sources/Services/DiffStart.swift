import Catalog
import Wire

/// Where a page of a diff begins.
struct DiffStart: Hashable {
  let span: DiffSpan
  /// nil: all.
  let namespace: String?
  /// nil: none.
  let filter: Filter?
  /// The model that the page follows; nil for the first page.
  let after: ModelKey?

  /// Pages after the first compare the revisions of that one, whatever the times that were asked for mean by now.
  init(_ request: DiffRequest, _ seal: TokenSigner) throws(DiffError) {
    let asked = try DiffSpan(
      fromRevision: request.fromRevision, fromTime: request.fromTime, toRevision: request.toRevision,
      toTime: request.toTime)
    namespace = request.namespace.isEmpty ? nil : request.namespace
    filter = try Self.filter(request.filter)
    guard !request.pageToken.isEmpty else {
      (span, after) = (asked, nil)
      return
    }
    guard let token = PageToken(request.pageToken, seal), case .diff(let from, let to) = token.kind else {
      throw .field("page_token", "is not one that this server gave out for a diff")
    }
    if let difference = token.query.difference(from: Self.mark(namespace, filter)) {
      throw .field("page_token", difference)
    }
    guard [0, from].contains(request.fromRevision), [0, to].contains(request.toRevision) else {
      throw .field("page_token", "belongs to a diff of other revisions")
    }
    (span, after) = (DiffSpan(from: .revision(from), to: .revision(to)), token.last.key)
  }

  /// The token of the page after the one that ends with `last`.
  func token(_ difference: CatalogDifference, last: ModelKey, _ seal: TokenSigner) -> String {
    let kind = PageToken.Kind.diff(from: difference.from.revision, to: difference.to.revision)
    return PageToken(kind, Self.mark(namespace, filter), last: TokenPosition(key: last)).text(seal)
  }

  private static func mark(_ namespace: String?, _ filter: Filter?) -> QueryMark {
    QueryMark(namespace.map { .namespace($0) } ?? .all, filter: filter?.text ?? "")
  }

  private static func filter(_ text: String) throws(DiffError) -> Filter? {
    let filter: Filter?
    do throws(QueryTextError) {
      filter = try QueryText.filter(text)
    } catch {
      throw .filter(error)
    }
    if filter?.usesReadings == true { throw .field("filter", QueryText.noReadings) }
    return filter
  }
}
