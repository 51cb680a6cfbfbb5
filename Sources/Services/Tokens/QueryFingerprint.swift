import Catalog

/// A fingerprint of the query of a list or a diff, in parts, so that an error can name the part that differs. It is the
/// same in every process.
struct QueryFingerprint: Hashable {
  /// 128 bits of a text's SHA-256, so that two texts never share a value. Zero for no text.
  struct Part: Hashable {
    var first: UInt64
    var second: UInt64

    init(first: UInt64, second: UInt64) {
      self.first = first
      self.second = second
    }

    init(_ text: String) {
      self.init(first: 0, second: 0)
      guard !text.isEmpty else { return }
      var reader = ByteReader(TokenSigner.digest(of: Array(text.utf8)))
      first = reader.word() ?? 0
      second = reader.word() ?? 0
    }
  }

  var scope: Part
  var filter: Part
  var order: Part

  init(scope: Part, filter: Part, order: Part) {
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
      case .all: ""
      case .namespace(let name): "namespace " + name
      case .distinct(let preferred): "distinct " + preferred
      }
    self.init(scope: Part(scope), filter: Part(filter), order: Part(order))
  }

  /// The part that differs, as a text for people; nil when no part does.
  func difference(from other: QueryFingerprint) -> String? {
    if scope != other.scope { return "belongs to a request for another namespace" }
    if filter != other.filter { return "belongs to a request with another filter" }
    return order == other.order ? nil : "belongs to a request with another order_by"
  }

  /// The numbers that represent the fingerprint.
  var words: [UInt64] {
    [scope, filter, order].flatMap { [$0.first, $0.second] }
  }
}
