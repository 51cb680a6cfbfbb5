/// A number of models on the command line.
enum CountArgument {
  /// Throws `CommandError`.
  static func parse(_ text: String) throws -> Int {
    guard let count = Int(text), count > 0 else {
      throw CommandError("\"\(text)\" is no number of models: write 1 or more")
    }
    return count
  }
}
