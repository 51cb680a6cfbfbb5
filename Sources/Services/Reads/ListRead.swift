import Catalog
import Wire

/// A read of a list of models or of a page of it, as a client asks for it, with all fields checked.
struct ListRead: Sendable {
  let query: ListQuery
  let fingerprint: QueryFingerprint
  let view: ModelView
  /// The revision that the client asks for; 0: the present.
  let atRevision: Int64
  /// The page; nil: the whole list.
  let page: PageRequest?
  /// The token with which the client continues; nil for the first page.
  let token: PageToken?

  init(
    _ query: ListQuery, view: ModelView, atRevision: Int64, page: PageRequest?, _ signer: TokenSigner
  ) throws(ReadError) {
    if atRevision != 0, query.usesReadings {
      throw .readings(field: query.order.usesReadings ? "order_by" : "filter", .past)
    }
    if case .namespace(let name) = query.scope { try NameLength.check(name, field: "namespace") }
    switch page?.start {
    case .after(let id, let field), .before(let id, let field): try NameLength.check(id, field: field)
    case .first, .token, nil: break
    }
    self.query = query
    self.view = view
    self.atRevision = atRevision
    self.page = page
    fingerprint = QueryFingerprint(query)
    guard case .token(let text) = page?.start else {
      token = nil
      return
    }
    token = try Self.token(text, query, fingerprint, atRevision: atRevision, signer)
  }

  private static func token(
    _ text: String, _ query: ListQuery, _ fingerprint: QueryFingerprint, atRevision: Int64, _ signer: TokenSigner
  ) throws(ReadError) -> PageToken {
    guard let token = PageToken(text, signer) else { throw .pageToken("is not one that this server gave out") }
    let revision: Int64
    switch token.kind {
    case .list: revision = 0
    case .past(let past): revision = past
    case .diff: throw .pageToken("belongs to a diff")
    }
    if let difference = token.query.difference(from: fingerprint) { throw .pageToken(difference) }
    guard revision == atRevision else { throw .pageToken("belongs to a request for another at_revision") }
    guard token.last.values.count == query.order.fieldCount else {
      throw .pageToken("belongs to a request with another order_by")
    }
    return token
  }

  /// The revision that the page must show; 0: the present at the time of the answer.
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

  /// Whether the answer depends only on the present snapshot and on the names of the sources that do not answer.
  var isSettled: Bool {
    isConsistent && view == .basic && atRevision == 0
  }

  /// The token of the page that follows a position in a list.
  func token(after position: ListPosition, of snapshot: Snapshot) -> PageToken {
    let kind: PageToken.Kind =
      if atRevision != 0 {
        .past(revision: atRevision)
      } else {
        .list(revision: isConsistent ? snapshot.revision : 0)
      }
    return PageToken(kind, fingerprint, last: TokenPosition(position))
  }
}

extension ReadError {
  fileprivate static func pageToken(_ problem: String) -> ReadError {
    .invalid(field: "page_token", problem: problem)
  }
}

/// The part of a list that a client asks for.
struct PageRequest: Hashable, Sendable {
  enum Start: Hashable, Sendable {
    case first
    /// The page after a model; `field` is the parameter in which the client gave the model.
    case after(id: String, field: String)
    /// The page that ends before a model; `field` is the parameter in which the client gave the model.
    case before(id: String, field: String)
    case token(String)
  }

  var start = Start.first
  /// The most models that the page may hold.
  var limit: Int
}
