// Tokens: the names and values of a query.
extension QueryScanner {
  /// Takes a name. It ends at a blank, a parenthesis or a comparator, and also at `separator`.
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

  /// Takes the text up to the next blank or `separator`; it may be empty.
  mutating func takeWord(endingAt separator: Unicode.Scalar) -> String {
    let start = index
    while let byte = next, !isBlank(byte), byte != UInt8(ascii: separator) { step() }
    return text(start..<index)
  }

  /// Takes the value to the right of a comparator: a text in quotes, or the text up to a blank or closing parenthesis.
  mutating func takeValue(after comparator: Comparator) throws(QueryTextError) -> Literal {
    let start = index
    guard let first = next, first != UInt8(ascii: ")") else {
      throw error(at: start, "expected a value after \(comparator.rawValue), not \(found(at: start))")
    }
    if let second = self.comparator {
      throw error(at: start, "\(comparator.rawValue) and \(second.rawValue) together compare nothing")
    }
    if first == UInt8(ascii: "(") {
      throw error(at: start, "one value, not several: write (state = READY OR state = COLD)")
    }
    guard !isQuote(first) else {
      let literal = try takeQuoted()
      if let byte = next, !isBlank(byte), byte != UInt8(ascii: ")") {
        throw error(at: index, "expected a blank after the quote")
      }
      return literal
    }
    while let byte = next, !isBlank(byte), byte != UInt8(ascii: ")") {
      if byte == UInt8(ascii: "(") {
        throw error(at: start, "there are no functions; a text with ( in it goes in quotes")
      }
      if isQuote(byte) || byte == UInt8(ascii: "\\") {
        throw error(at: index, "a text with a quote or a backslash in it goes in quotes")
      }
      step()
    }
    let text = text(start..<index)
    guard text != "AND", text != "OR", text != "NOT" else {
      throw error(at: start, "expected a value, not \(text); as a text it goes in quotes")
    }
    return Literal(unquoted: text, start: start)
  }

  /// Takes a text in quotes; the next byte is the opening quote.
  mutating func takeQuoted() throws(QueryTextError) -> Literal {
    let start = index
    let quote = next
    step()
    var literal = Literal(quotedFrom: start)
    while let byte = next {
      step()
      if byte == quote { return literal }
      if byte == UInt8(ascii: "\\") {
        guard let escaped = next else { break }
        guard "\"'\\*".utf8.contains(escaped) else {
          throw error(at: index - 1, #"after a backslash comes one of " ' \ *"#)
        }
        literal.bytes.append(escaped)
        step()
      } else {
        if byte == UInt8(ascii: "*") { literal.stars.append(literal.bytes.count) }
        literal.bytes.append(byte)
      }
    }
    throw error(at: start, "this quote has no end")
  }

  func unknownField(
    _ name: QueryName, among names: [String], isColonNext: Bool = false
  ) -> QueryTextError {
    let near = FilterField.near(name.text, among: names)
    let help =
      if !near.isEmpty {
        "; did you mean \(near.joined(separator: " or "))?"
      } else if isColonNext {
        "; a text with a colon in it goes in quotes"
      } else {
        "; there are \(FilterField.roots(of: names).joined(separator: ", "))"
      }
    return error(at: name.start, "no field \(quoted(name.text))" + help)
  }

  func strayStar(_ literal: Literal) -> QueryTextError {
    error(at: literal.start, #"a star is a wildcard after = and != alone; as itself it is "\*""#)
  }
}
