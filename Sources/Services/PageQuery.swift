import HTTP

/// Which part of a list is asked for, as clients of OpenAI and of Anthropic do it, or by a token.
struct PageQuery: Hashable, Sendable {
  enum Start: Hashable, Sendable {
    case first
    /// Behind a model; `parameter` is the name by which the client gave it.
    case after(id: String, parameter: String)
    /// The page that ends before a model.
    case before(id: String)
    case token(String)
  }

  static let defaultLimit = 100
  static let maxLimit = 10_000

  var start = Start.first
  var limit = defaultLimit

  /// nil when nothing asks for a page.
  init?(_ query: Query) throws(QueryError) {
    let limit = try query.limit(max: Self.maxLimit)
    var given: (name: String, start: Start)?
    for name in ["after", "after_id", "before_id", "page_token"] {
      guard let text = try query.value(name) else { continue }
      if let given {
        throw QueryError(parameter: name, problem: .text("must not stand beside '\(given.name)': give one of them"))
      }
      switch name {
      case "before_id": given = (name, .before(id: text))
      case "page_token": given = (name, .token(text))
      default: given = (name, .after(id: text, parameter: name))
      }
    }
    guard limit != nil || given != nil else { return nil }
    start = given?.start ?? .first
    self.limit = limit ?? Self.defaultLimit
  }
}
