extension FilterParser {
  /// Parses a comparison or a bare word.
  mutating func restriction() throws(QueryTextError) -> FilterNode {
    let start = scanner.index
    let name = try scanner.takeName()
    comparisons += 1
    guard comparisons <= Filter.maxComparisons else {
      throw scanner.error(at: start, "more than \(Filter.maxComparisons) comparisons")
    }
    if scanner.next == UInt8(ascii: "(") {
      throw scanner.error(at: start, "there are no functions; before '(' comes a blank, AND, OR or NOT")
    }
    let end = scanner.index
    scanner.skipBlanks()
    guard !name.isKeyword, let comparator = scanner.comparator else {
      scanner.go(to: end)
      return .word(try needle(name))
    }
    guard let field = FilterField(path: name.parts) else {
      throw scanner.unknownField(name, among: FilterField.names, isColonNext: comparator == .has)
    }
    let place = scanner.index
    scanner.go(to: place + comparator.rawValue.utf8.count)
    scanner.skipBlanks()
    let value = try scanner.takeValue(after: comparator)
    usesReadings = usesReadings || field.isReading
    let comparison = Comparison(
      field: field, name: name, comparator: comparator, comparatorStart: place, value: value, scanner: scanner)
    return try comparison.node()
  }

  private func needle(_ name: QueryName) throws(QueryTextError) -> SubstringMatcher {
    guard let literal = name.literal else {
      throw scanner.error(at: name.start, "put the whole text in quotes, or compare a field")
    }
    if !literal.isQuoted {
      if literal.bytes.isEmpty || name.isKeyword {
        throw scanner.error(
          at: name.start, "expected a comparison such as state = READY, not \(scanner.found(at: name.start))")
      }
      if ["and", "or", "not"].contains(name.text.lowercased()) {
        throw scanner.error(
          at: name.start, "AND, OR and NOT are written in capitals; a text that is such goes in quotes")
      }
      if name.parts.count > 1, FilterField(path: name.parts) != nil {
        throw scanner.error(
          at: name.start, "compare the field, such as \(name.short):*, or quote the text to look for")
      }
    }
    guard !literal.bytes.isEmpty else { throw scanner.error(at: name.start, "an empty text is in every other") }
    guard literal.stars.isEmpty else { throw scanner.strayStar(literal) }
    return SubstringMatcher(literal.bytes, ignoringCase: true)
  }
}
