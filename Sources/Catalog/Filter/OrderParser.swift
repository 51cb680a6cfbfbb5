/// Parses fields separated by commas, each with an optional `asc` or `desc` after it.
struct OrderParser {
  private var scanner: QueryScanner
  private var parts: [Order.Part] = []

  init(_ text: String) throws(QueryTextError) {
    scanner = try QueryScanner(text, limit: Order.maxBytes, name: "order_by")
  }

  mutating func parse() throws(QueryTextError) -> [Order.Part] {
    scanner.skipBlanks()
    guard !scanner.isAtEnd else { return [] }
    repeat {
      scanner.skipBlanks()
      let start = scanner.index
      let part = try part()
      guard parts.count < Order.maxFields else {
        throw scanner.error(at: start, "more than \(Order.maxFields) fields")
      }
      parts.append(part)
    } while scanner.take(",")
    return parts
  }

  private mutating func part() throws(QueryTextError) -> Order.Part {
    let name = try scanner.takeName(endingAt: ",")
    let field = try field(name)
    scanner.skipBlanks()
    let start = scanner.index
    let word = scanner.takeWord(endingAt: ",")
    scanner.skipBlanks()
    guard word.isEmpty || word == "asc" || word == "desc" else {
      throw scanner.error(at: start, "after a field comes desc, asc or a comma, not \(quoted(word))")
    }
    guard scanner.isAtEnd || scanner.next == UInt8(ascii: ",") else {
      throw scanner.error(at: scanner.index, "expected a comma, not \(scanner.found(at: scanner.index))")
    }
    return Order.Part(field: field, isDescending: word == "desc")
  }

  private func field(_ name: QueryName) throws(QueryTextError) -> ModelField {
    guard !name.text.isEmpty else {
      throw scanner.error(at: name.start, "expected a field, not \(scanner.found(at: name.start))")
    }
    guard let known = FilterField(path: name.parts) else {
      throw scanner.unknownField(name, among: FilterField.modelNames)
    }
    guard let field = known.modelField else {
      throw scanner.error(at: name.start, "\(name.short) is not one value: nothing can be ordered by it")
    }
    guard !parts.contains(where: { $0.field == field }) else {
      throw scanner.error(at: name.start, "\(name.short) is named twice")
    }
    return field
  }
}
