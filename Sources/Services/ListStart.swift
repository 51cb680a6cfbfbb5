import Catalog
import GRPC
import Wire

/// What a page of a list is asked for.
struct ListStart: Sendable {
  let query: ListQuery
  let mark: QueryMark
  let view: ModelView
  /// Models on the page, at most.
  let limit: Int
  /// 0: the present.
  let atRevision: Int64
  let ifNoneMatch: String
  /// Of the page before; nil for the first page.
  let token: PageToken?

  init(_ request: ListRequest, _ seal: TokenSigner) throws(Status) {
    let scope = request.namespace.isEmpty ? ListQuery.Scope.all : .namespace(request.namespace)
    query = ListQuery(
      scope, filter: try Status.blame("filter") { () throws(QueryTextError) in try QueryText.filter(request.filter) },
      order: try Status.blame("order_by") { () throws(QueryTextError) in try QueryText.order(request.orderBy) })
    mark = QueryMark(query)
    view = request.view
    limit = try ModelCatalogService.limit(request.pageSize, request.view)
    guard request.atRevision >= 0 else { throw .invalidArgument(field: "at_revision", "must not be negative") }
    atRevision = request.atRevision
    if atRevision != 0, query.usesReadings {
      throw .invalidArgument(
        field: query.order.usesReadings ? "order_by" : "filter", QueryText.noReadings + ": leave out at_revision")
    }
    ifNoneMatch = request.ifNoneMatch
    guard !request.pageToken.isEmpty else {
      token = nil
      return
    }
    do throws(TokenError) {
      token = try Self.token(request.pageToken, query, atRevision: request.atRevision, seal)
    } catch {
      throw .invalidArgument(field: "page_token", error.text)
    }
  }

  static func token(
    _ text: String, _ query: ListQuery, atRevision: Int64, _ seal: TokenSigner
  ) throws(TokenError) -> PageToken {
    guard let token = PageToken(text, seal) else {
      throw TokenError(text: "is not one that this server gave out")
    }
    let revision: Int64
    switch token.kind {
    case .list: revision = 0
    case .past(let past): revision = past
    case .diff: throw TokenError(text: "belongs to a diff")
    }
    if let difference = token.query.difference(from: QueryMark(query)) {
      throw TokenError(text: difference)
    }
    guard revision == atRevision else {
      throw TokenError(text: "belongs to a request for another at_revision")
    }
    guard token.last.values.count == query.order.fieldCount else {
      throw TokenError(text: "belongs to a request with another order_by")
    }
    return token
  }

  /// The revision that the page must show; 0: whatever is the present.
  var revision: Int64 {
    switch token?.kind {
    case .list(let revision): revision
    default: atRevision
    }
  }

  /// Whether all pages show one revision.
  var isConsistent: Bool {
    !query.usesReadings && token?.kind != .list(revision: 0)
  }

  /// Whether the answer follows from the snapshot, which is the present one, and from who does not answer.
  var isSettled: Bool {
    isConsistent && view == .basic && atRevision == 0
  }

  /// The token of the page that follows a position in a list.
  func next(_ position: ListPosition, of snapshot: Snapshot) -> PageToken {
    let kind: PageToken.Kind =
      if atRevision != 0 {
        .past(revision: atRevision)
      } else {
        .list(revision: isConsistent ? snapshot.revision : 0)
      }
    return PageToken(kind, mark, last: TokenPosition(position))
  }

  /// The place in a list of the page's first model.
  func place(in list: ListResult) -> Int {
    guard let last = token?.last else { return 0 }
    // The snapshot is that of the page before and holds the model.
    if isConsistent { return list.start(after: ListPosition(values: [], key: last.key)) }
    let own = list.snapshot.model(last.key, sight: .all).map { query.order.values(of: $0.model, .none) }
    return list.start(after: last.position(query.order, own: own))
  }
}

/// Why a page token is refused.
struct TokenError: Error {
  /// Goes on behind the field's name.
  var text: String
}

extension Status {
  /// INVALID_ARGUMENT for a text that does not parse: its position is in the description and in the metadata.
  init(_ error: QueryTextError, field: String) {
    self = .invalidArgument(
      field: field, "at character \(error.position): \(error.message)", metadata: ["position": String(error.position)])
  }

  static func blame<R>(_ field: String, _ body: () throws(QueryTextError) -> R) throws(Status) -> R {
    do throws(QueryTextError) {
      return try body()
    } catch {
      throw Status(error, field: field)
    }
  }
}
