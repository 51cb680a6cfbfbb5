import HTTP

/// A page as clients of OpenAI and of Anthropic ask for it, or by a token.
extension PageRequest {
  private static let defaultLimit = 100
  private static let maxLimit = 10_000

  /// Reads the page from a query; nil when the query asks for no page.
  init?(_ query: Query) throws(QueryError) {
    let limit = try query.limit(max: Self.maxLimit)
    var given: (name: String, start: Start)?
    for name in ["after", "after_id", "before_id", "page_token"] {
      guard let text = try query.value(name) else { continue }
      if let given {
        throw QueryError(parameter: name, problem: .text("must not stand beside '\(given.name)': give one of them"))
      }
      switch name {
      case "before_id": given = (name, .before(id: text, field: name))
      case "page_token": given = (name, .token(text))
      default: given = (name, .after(id: text, field: name))
      }
    }
    guard limit != nil || given != nil else { return nil }
    self.init(start: given?.start ?? .first, limit: limit ?? Self.defaultLimit)
  }
}
