/// A text with gaps that any run of characters may fill.
struct Wildcard: Hashable, Sendable {
  private let start: [UInt8]
  /// Each at its first place after the one before: no later place could help.
  private let middle: [Needle]
  private let end: [UInt8]

  /// The pieces around the gaps: at least two.
  init(pieces: [ArraySlice<UInt8>]) {
    start = Array(pieces[0])
    middle = pieces.dropFirst().dropLast().filter { !$0.isEmpty }.map { Needle($0) }
    end = Array(pieces[pieces.count - 1])
  }

  func matches(_ text: String) -> Bool {
    let bytes = text.utf8Span.span
    guard bytes.count >= start.count + end.count else { return false }
    for index in start.indices where bytes[index] != start[index] { return false }
    let tail = bytes.count - end.count
    for index in end.indices where bytes[tail + index] != end[index] { return false }
    var next = start.count
    for needle in middle {
      guard let found = needle.end(in: bytes, next..<tail) else { return false }
      next = found
    }
    return true
  }
}
