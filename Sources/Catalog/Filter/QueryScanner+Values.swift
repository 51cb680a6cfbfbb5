extension QueryScanner {
  /// Takes what stands right of a comparator: quoted, or all up to the next blank or closing parenthesis.
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

  /// Takes a text in quotes, of which the next byte is the first.
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
}
