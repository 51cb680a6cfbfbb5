import Catalog
import Wire

/// A page of a diff, as a client asks for it, with all fields checked.
struct DiffRead: Hashable {
  let span: DiffSpan
  /// The namespace; nil: all namespaces.
  let namespace: String?
  /// The filter; nil: none.
  let filter: Filter?
  /// The model that the page follows; nil for the first page.
  let after: ModelKey?

  /// Later pages compare the same revisions as the first, although the requested times may mean other revisions by
  /// then. `tokenField` is the protocol's name for the page token.
  init(_ request: DiffRequest, tokenField: String = "page_token", _ signer: TokenSigner) throws(ReadError) {
    let requested = try DiffSpan(request)
    try NameLength.check(request.namespace, field: "namespace")
    namespace = request.namespace.isEmpty ? nil : request.namespace
    filter = try QueryText.filter(request.filter, only: .diff)
    guard !request.pageToken.isEmpty else {
      (span, after) = (requested, nil)
      return
    }
    guard let token = PageToken(request.pageToken, signer), case .diff(let from, let to) = token.kind else {
      throw .invalid(field: tokenField, problem: "is not one that this server gave out for a diff")
    }
    if let difference = token.query.difference(from: Self.fingerprint(namespace, filter)) {
      throw .invalid(field: tokenField, problem: difference)
    }
    guard [0, from].contains(request.fromRevision), [0, to].contains(request.toRevision) else {
      throw .invalid(field: tokenField, problem: "belongs to a diff of other revisions")
    }
    (span, after) = (DiffSpan(from: .revision(from), to: .revision(to)), token.last.key)
  }

  /// The token of the page that follows `last`.
  func token(_ difference: CatalogDifference, last: ModelKey, _ signer: TokenSigner) -> String {
    let kind = PageToken.Kind.diff(from: difference.from.revision, to: difference.to.revision)
    return PageToken(kind, Self.fingerprint(namespace, filter), last: TokenPosition(key: last)).text(signer)
  }

  private static func fingerprint(_ namespace: String?, _ filter: Filter?) -> QueryFingerprint {
    QueryFingerprint(namespace.map { .namespace($0) } ?? .all, filter: filter?.text ?? "")
  }
}

extension CatalogDifference {
  /// The differences after a model; `last` nil: all differences.
  func models(after last: ModelKey?) -> ArraySlice<ModelDifference> {
    guard let last else { return models[...] }
    var low = 0
    var high = models.count
    while low < high {
      let middle = (low + high) / 2
      if models[middle].key <= last { low = middle + 1 } else { high = middle }
    }
    return models[low...]
  }
}
