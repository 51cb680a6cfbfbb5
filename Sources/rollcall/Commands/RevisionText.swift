/// A revision on the command line.
enum RevisionText {
  /// Throws `CommandError`.
  static func parse(_ text: String) throws -> Int64 {
    guard let revision = Int64(text), revision > 0 else {
      throw CommandError(
        "\"\(text)\" is no revision: write a number, such as `rollcall diff` or `rollcall watch` shows")
    }
    return revision
  }
}
