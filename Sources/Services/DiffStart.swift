import Catalog
import Wire

/// Where a page of a diff begins.
struct DiffStart: Hashable {
  let span: DiffSpan
  /// nil: all.
  let namespace: String?
  /// The model that the page follows; nil for the first page.
  let after: ModelKey?

  /// Pages after the first compare the revisions of that one, whatever the times that were asked for mean by now.
  init(_ request: DiffRequest) throws(DiffError) {
    let asked = try DiffSpan(
      fromRevision: request.fromRevision, fromTime: request.fromTime, toRevision: request.toRevision,
      toTime: request.toTime)
    namespace = request.namespace.isEmpty ? nil : request.namespace
    guard !request.pageToken.isEmpty else {
      (span, after) = (asked, nil)
      return
    }
    guard let token = PageToken(request.pageToken), case .diff(let from, let to) = token.kind else {
      throw .field("page_token", "is not one that this server gave out")
    }
    guard token.namespace.utf8.elementsEqual(request.namespace.utf8), [0, from].contains(request.fromRevision),
      [0, to].contains(request.toRevision)
    else { throw .field("page_token", "belongs to another request") }
    (span, after) = (DiffSpan(from: .revision(from), to: .revision(to)), token.last)
  }

  /// The token of the page after the one that ends with `last`.
  func token(_ difference: CatalogueDifference, last: ModelKey) -> String {
    let kind = PageToken.Kind.diff(from: difference.from.revision, to: difference.to.revision)
    return PageToken(kind, namespace: namespace ?? "", last: last).text
  }
}
