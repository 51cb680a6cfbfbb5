/// Parses the grammar of AIP-160 by recursive descent, at most `Filter.maxLevels` deep.
///
///     conjunction = factor { ["AND"] factor }
///     factor      = term { "OR" term }
///     term        = { "NOT" | "-" } ( "(" conjunction ")" | restriction )
///
/// In the AIP a blank binds tighter than `AND`. Both mean the same, so the grammar treats them alike.
struct FilterParser {
  var scanner: QueryScanner
  var comparisons = 0
  var usesReadings = false

  init(_ text: String) throws(QueryTextError) {
    scanner = try QueryScanner(text, limit: Filter.maxBytes, name: "a filter")
  }

  mutating func parse() throws(QueryTextError) -> FilterNode {
    let node = try conjunction(level: 0)
    guard scanner.isAtEnd else { throw scanner.error(at: scanner.index, "this parenthesis closes nothing") }
    return node
  }

  private mutating func conjunction(level: Int) throws(QueryTextError) -> FilterNode {
    var nodes: [FilterNode] = []
    while true {
      nodes.append(try factor(level: level))
      scanner.skipBlanks()
      guard !scanner.take(word: "AND") else { continue }
      if scanner.isAtEnd || scanner.next == UInt8(ascii: ")") { break }
    }
    return nodes.count == 1 ? nodes[0] : .all(nodes)
  }

  private mutating func factor(level: Int) throws(QueryTextError) -> FilterNode {
    var nodes: [FilterNode] = []
    repeat {
      nodes.append(try term(level: level))
      scanner.skipBlanks()
    } while scanner.take(word: "OR")
    return nodes.count == 1 ? nodes[0] : .any(nodes)
  }

  private mutating func term(level: Int) throws(QueryTextError) -> FilterNode {
    var level = level
    var isNegated = false
    scanner.skipBlanks()
    while true {
      let start = scanner.index
      if scanner.take(word: "NOT") {
        scanner.skipBlanks()
      } else if !scanner.take("-") {
        break
      } else if scanner.next.map(isBlank) ?? false {
        throw scanner.error(at: start, "- stands right before what it negates")
      }
      level = try deeper(level, at: start)
      isNegated.toggle()
    }
    let node = try simple(level: level)
    return isNegated ? .not(node) : node
  }

  private mutating func simple(level: Int) throws(QueryTextError) -> FilterNode {
    let start = scanner.index
    guard scanner.take("(") else { return try restriction() }
    let node = try conjunction(level: deeper(level, at: start))
    guard scanner.take(")") else { throw scanner.error(at: start, "this parenthesis is not closed") }
    return node
  }

  private func deeper(_ level: Int, at index: Int) throws(QueryTextError) -> Int {
    guard level < Filter.maxLevels else {
      throw scanner.error(at: index, "more than \(Filter.maxLevels) levels of parentheses, NOT and -")
    }
    return level + 1
  }
}
