/// What stands where a field or a bare word may stand: parts with dots between, some of them in quotes.
struct QueryName {
  /// Byte index in the query.
  var start: Int
  var parts: [String]
  /// As one text: one that is quoted whole, or that has no quotes at all; nil for what is in between.
  var literal: Literal?

  var text: String { parts.joined(separator: ".") }

  /// For messages.
  var short: String { shortened(text, to: 64) }

  var isKeyword: Bool {
    guard let literal, !literal.isQuoted, parts.count == 1 else { return false }
    return parts[0] == "AND" || parts[0] == "OR" || parts[0] == "NOT"
  }
}

/// A text as it stands in a query, without its quotes.
struct Literal {
  /// Byte index of its first character in the query, of the quote if there is one.
  var start: Int
  var isQuoted: Bool
  var bytes: [UInt8] = []
  /// The places in `bytes` of stars that are not escaped.
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

  /// `*` alone.
  var isStar: Bool { stars.count == 1 && bytes.count == 1 }

  /// What stands around the stars.
  var pieces: [ArraySlice<UInt8>] {
    let starts = [0] + stars.map { $0 + 1 }
    return zip(starts, stars + [bytes.count]).map { bytes[$0..<$1] }
  }
}
