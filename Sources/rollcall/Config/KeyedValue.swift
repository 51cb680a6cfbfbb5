/// A value of the command line whose text may hold a key. The parser's own errors would repeat the text, so the parser
/// takes every text, and the command reports the error.
struct KeyedValue<Value: Sendable>: Sendable {
  private let result: Result<Value, CommandError>

  init(_ text: String, _ read: (String) throws -> Value) {
    result = Result { try read(text) }.mapError { CommandError("\($0)") }
  }

  /// nil: the text was refused.
  var value: Value? { try? result.get() }

  /// Throws `CommandError` when the text was refused.
  func check() throws { _ = try result.get() }
}

extension [String] {
  /// Hides what may be a key in a message about these arguments, such as the parser's about those that it did not
  /// expect.
  func hidingKeys(in message: String) -> String {
    reduce(message) { message, argument in
      var shown = message
      // A key may hold commas, so all that follows it is hidden.
      if let key = argument.firstMatch(of: /(?:^|,)\s*key\s*=/.ignoresCase()) {
        shown = shown.replacing(argument[key.range.lowerBound...], with: "key=(key)")
      }
      guard let start = argument.firstRange(of: "://")?.upperBound else { return shown }
      let authority = argument[start...].prefix { !"/?#".contains($0) }
      guard let at = authority.lastIndex(of: "@") else { return shown }
      return shown.replacing(argument[start...at], with: "(credentials)@")
    }
  }
}
