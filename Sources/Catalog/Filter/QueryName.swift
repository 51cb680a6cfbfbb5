/// A field or a bare word as the query spells it: parts separated by dots, some of them in quotes.
struct QueryName {
  /// The byte index of its start in the query.
  var start: Int
  var parts: [String]
  /// The name as one text, when all of it or nothing of it is in quotes; nil when only a part is.
  var literal: Literal?

  var text: String { parts.joined(separator: ".") }

  /// The name shortened for error messages.
  var short: String { shortened(text, to: 64) }

  var isKeyword: Bool {
    guard let literal, !literal.isQuoted, parts.count == 1 else { return false }
    return parts[0] == "AND" || parts[0] == "OR" || parts[0] == "NOT"
  }
}

/// A text of a query, without its quotes.
struct Literal {
  /// The byte index of its start in the query, which is the quote if there is one.
  var start: Int
  var isQuoted: Bool
  var bytes: [UInt8] = []
  /// The indices in `bytes` of unescaped stars.
  var stars: [Int] = []

  init(quotedFrom start: Int) {
    self.start = start
    isQuoted = true
  }

  init(unquoted text: String, start: Int) {
    self.start = start
    isQuoted = false
    bytes = Array(text.utf8)
    stars = bytes.indices.filter { bytes[$0] == UInt8(ascii: "*") }
  }

  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Whether the text is a single unescaped `*`.
  var isStar: Bool { stars.count == 1 && bytes.count == 1 }

  /// The pieces before, between and after the stars.
  var pieces: [ArraySlice<UInt8>] {
    let starts = [0] + stars.map { $0 + 1 }
    return zip(starts, stars + [bytes.count]).map { bytes[$0..<$1] }
  }
}
