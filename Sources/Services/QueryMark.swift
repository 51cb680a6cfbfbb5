import Catalog

/// A fingerprint of what a list or a diff was asked for, by its parts, so that an error can say which one is another.
/// The same in every process.
struct QueryMark: Hashable {
  var scope: UInt64
  var filter: UInt64
  var order: UInt64

  init(scope: UInt64, filter: UInt64, order: UInt64) {
    self.scope = scope
    self.filter = filter
    self.order = order
  }

  init(_ query: ListQuery) {
    self.init(query.scope, filter: query.filter?.text ?? "", order: query.order.text)
  }

  init(_ scope: ListQuery.Scope, filter: String, order: String = "") {
    let scope =
      switch scope {
      case .all: "all"
      case .namespace(let name): "namespace " + name
      case .distinct(let preferred): "distinct " + preferred
      }
    self.init(scope: Self.hash(scope), filter: Self.hash(filter), order: Self.hash(order))
  }

  /// What is not the same, for people; nil when everything is.
  func difference(from other: QueryMark) -> String? {
    if scope != other.scope { return "belongs to a request for another namespace" }
    if filter != other.filter { return "belongs to a request with another filter" }
    return order == other.order ? nil : "belongs to a request with another order_by"
  }

  private static func hash(_ text: String) -> UInt64 {
    ContentHash(of: Array(text.utf8)).first
  }
}
