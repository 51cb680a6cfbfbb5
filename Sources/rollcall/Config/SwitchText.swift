/// `true` or `false`.
enum SwitchText {
  /// Throws `CommandError`.
  static func parse(_ text: String) throws -> Bool {
    guard let value = Bool(text) else { throw CommandError("\"\(text)\" is neither true nor false") }
    return value
  }
}
