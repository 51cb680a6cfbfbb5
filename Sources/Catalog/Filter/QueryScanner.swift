/// Scans the text of a filter or an order from its front. Every index at which it stops is between characters.
struct QueryScanner {
  private let bytes: [UInt8]
  /// The index of the next byte.
  private(set) var index = 0

  /// Checks the length first, and then visits every byte once.
  init(_ text: String, limit: Int, name: String) throws(QueryTextError) {
    guard text.utf8.count <= limit else {
      let fitting = text.utf8.prefix(limit + 1).reduce(into: 0) { count, byte in count += startsScalar(byte) ? 1 : 0 }
      throw QueryTextError(position: fitting, message: "\(name) may have \(limit) bytes, not \(text.utf8.count)")
    }
    bytes = Array(text.utf8)
    if let control = bytes.firstIndex(where: { ($0 < 0x20 && !isBlank($0)) || $0 == 0x7f }) {
      throw error(at: control, "a control character")
    }
  }

  var isAtEnd: Bool { index == bytes.count }

  /// The next byte; nil at the end.
  var next: UInt8? { isAtEnd ? nil : bytes[index] }

  func error(at index: Int, _ message: String) -> QueryTextError {
    let before = bytes[..<index].reduce(into: 0) { count, byte in count += startsScalar(byte) ? 1 : 0 }
    return QueryTextError(position: before + 1, message: message)
  }

  /// For error messages: the text at an index, in quotes and at most 32 characters long.
  func found(at index: Int) -> String {
    guard index < bytes.count else { return "the end" }
    if bytes[index] == UInt8(ascii: "(") || bytes[index] == UInt8(ascii: ")") {
      return "'" + String(UnicodeScalar(bytes[index])) + "'"
    }
    let run = bytes[index...].prefix { !isBlank($0) && $0 != UInt8(ascii: "(") && $0 != UInt8(ascii: ")") }
    return quoted(String(decoding: run.isEmpty ? bytes[index...index] : run, as: UTF8.self))
  }

  mutating func skipBlanks() {
    while let byte = next, isBlank(byte) { index += 1 }
  }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    index += 1
    return true
  }

  mutating func step() {
    index += 1
  }

  /// The comparator at the index; nil when none is there.
  var comparator: Comparator? {
    next.flatMap { Comparator($0, index + 1 < bytes.count ? bytes[index + 1] : nil) }
  }

  /// Takes a keyword of the grammar, if it is the next whole word.
  mutating func take(word: String) -> Bool {
    guard bytes[index...].starts(with: word.utf8) else { return false }
    let end = index + word.utf8.count
    guard end == bytes.count || isBlank(bytes[end]) || isParenthesis(bytes[end]) else { return false }
    index = end
    return true
  }

  mutating func go(to index: Int) {
    self.index = index
  }

  func text(_ range: Range<Int>) -> String {
    String(decoding: bytes[range], as: UTF8.self)
  }
}

func isBlank(_ byte: UInt8) -> Bool {
  byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d
}

func isParenthesis(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: "(") || byte == UInt8(ascii: ")")
}

func isQuote(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
}

/// For error messages: a text in quotes, at most 32 characters long.
func quoted(_ text: String) -> String {
  "'" + shortened(text, to: 32) + "'"
}

/// For error messages: a text, shortened to `count`.
func shortened(_ text: String, to count: Int) -> String {
  let scalars = text.unicodeScalars
  return String(scalars.prefix(count)) + (scalars.count > count ? "..." : "")
}

/// Whether a byte starts a scalar. In UTF-8 every other byte of a scalar is `10xxxxxx`.
private func startsScalar(_ byte: UInt8) -> Bool { byte & 0xc0 != 0x80 }

/// The fault in the text of a filter or an order, for the client that sent it.
package struct QueryTextError: Error, Hashable {
  /// The position of the fault, in characters (Unicode scalars) from 1.
  package var position: Int
  /// The fault and its position, for people.
  package var message: String

  package init(position: Int, message: String) {
    self.position = position
    self.message = message
  }
}
