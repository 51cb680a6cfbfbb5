import Catalog

/// The models of a list that one answer shows.
struct CatalogPage: Sendable {
  let list: ListResult
  let range: Range<Int>
  /// Whether the list goes on in the direction in which the client reads it; nil where the client asked for the whole
  /// list.
  let hasMore: Bool?

  init(_ read: ListRead, _ list: ListResult, _ sight: Sight) throws(ReadError) {
    self.list = list
    guard let page = read.page else {
      (range, hasMore) = (0..<list.count, nil)
      return
    }
    let first: Int
    switch page.start {
    case .first: first = 0
    case .token: first = read.place(in: list, sight)
    case .after(let id, let field): first = try list.place(of: id, read.query, field).upperBound
    case .before(let id, let field):
      let end = try list.place(of: id, read.query, field).lowerBound
      range = max(0, end - page.limit)..<end
      hasMore = range.lowerBound > 0
      return
    }
    range = first..<min(list.count, first + page.limit)
    hasMore = range.upperBound < list.count
  }
}

extension ListRead {
  /// The index of the first model after the previous page.
  fileprivate func place(in list: ListResult, _ sight: Sight) -> Int {
    guard let last = token?.last else { return 0 }
    // The snapshot is that of the previous page and holds the model.
    if isConsistent { return list.start(after: ListPosition(values: [], key: last.key)) }
    let own = list.snapshot.model(last.key, sight: sight).map { query.order.values(of: $0.model, .none) }
    return list.start(after: last.position(query.order, own: own))
  }
}

extension ListResult {
  /// The index of a model as a range; empty, at the model's place, where the model does not exist.
  fileprivate func place(of id: String, _ query: ListQuery, _ field: String) throws(ReadError) -> Range<Int> {
    if let index = index(ofID: id) { return index..<index + 1 }
    guard query.isInKeyOrder else {
      throw .invalid(
        field: field, problem: "names a model that is not in the list, which has another order than that of ids")
    }
    var namespace = ""
    if case .namespace(let name) = query.scope { namespace = name }
    let index = start(after: ListPosition(values: [], key: ModelKey(namespace: namespace, id: id)))
    return index..<index
  }
}
