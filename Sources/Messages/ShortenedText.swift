/// Texts that repeat a client's input are cut, so that an answer is never much longer than its request and fits where it
/// has to.
extension String {
  /// The beginning of at most `limit` bytes of UTF-8, cut between characters.
  package func prefix(bytes limit: Int) -> String {
    guard utf8.count > limit else { return self }
    var end = utf8.index(utf8.startIndex, offsetBy: max(limit, 0))
    while end.samePosition(in: unicodeScalars) == nil { utf8.formIndex(before: &end) }
    return String(self[..<end])
  }

  /// The text when it has at most `limit` bytes of UTF-8; otherwise its beginning and an ellipsis, together of at most
  /// `limit` bytes.
  package func shortened(toBytes limit: Int) -> String {
    guard utf8.count > limit else { return self }
    return prefix(bytes: limit - Self.ellipsis.utf8.count) + Self.ellipsis
  }

  package static let ellipsis = "\u{2026}"
}
