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

extension QueryScanner {
  /// `separator` ends it too, as blanks, parentheses and comparators do.
  mutating func takeName(endingAt separator: Unicode.Scalar? = nil) throws(QueryTextError) -> QueryName {
    let start = index
    var parts: [String] = []
    var last: Literal?
    var hasQuotes = false
    repeat {
      last = nil
      if let byte = next, isQuote(byte) {
        let part = try takeQuoted()
        last = part
        hasQuotes = true
        parts.append(part.text)
      } else {
        let start = index
        while let byte = next, byte != UInt8(ascii: "."), !endsName(separator) { step() }
        parts.append(text(start..<index))
      }
    } while take(".")
    if let byte = next, isQuote(byte) || (last != nil && !endsName(separator)) {
      throw error(at: index, "a quote inside of a word: put the whole in quotes")
    }
    let whole = hasQuotes ? last : Literal(unquoted: text(start..<index), start: start)
    return QueryName(start: start, parts: parts, literal: hasQuotes && parts.count > 1 ? nil : whole)
  }

  private func endsName(_ separator: Unicode.Scalar?) -> Bool {
    guard let byte = next else { return true }
    return isBlank(byte) || isParenthesis(byte) || isQuote(byte) || comparator != nil
      || separator.map { byte == UInt8(ascii: $0) } ?? false
  }

  /// What goes on to the next blank or `separator`; may be empty.
  mutating func takeWord(endingAt separator: Unicode.Scalar) -> String {
    let start = index
    while let byte = next, !isBlank(byte), byte != UInt8(ascii: separator) { step() }
    return text(start..<index)
  }
}
