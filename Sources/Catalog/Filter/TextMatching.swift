/// Searches for bytes in a text, in time that grows with the sum of both lengths (Knuth, Morris and Pratt).
struct SubstringMatcher: Hashable, Sendable {
  private let bytes: [UInt8]
  /// For each byte, how many of the first bytes still match when this byte does not.
  private let fallback: [Int]
  private let ignoresCase: Bool

  /// `ignoringCase` applies to ASCII letters only.
  init(_ bytes: some Sequence<UInt8>, ignoringCase: Bool = false) {
    let bytes = bytes.map { ignoringCase ? lowercased($0) : $0 }
    var fallback = [Int](repeating: 0, count: bytes.count)
    var matched = 0
    for index in bytes.indices.dropFirst() {
      while matched > 0, bytes[matched] != bytes[index] { matched = fallback[matched - 1] }
      if bytes[matched] == bytes[index] { matched += 1 }
      fallback[index] = matched
    }
    self.bytes = bytes
    self.fallback = fallback
    ignoresCase = ignoringCase
  }

  func isIn(_ text: String) -> Bool {
    let bytes = text.utf8Span.span
    return end(in: bytes, bytes.indices) != nil
  }

  /// The end of the first match in a range of `text`; nil when there is none.
  func end(in text: Span<UInt8>, _ range: Range<Int>) -> Int? {
    guard !bytes.isEmpty else { return range.lowerBound }
    guard range.count >= bytes.count else { return nil }
    var matched = 0
    for index in range {
      let byte = ignoresCase ? lowercased(text[index]) : text[index]
      while matched > 0, bytes[matched] != byte { matched = fallback[matched - 1] }
      if bytes[matched] == byte { matched += 1 }
      if matched == bytes.count { return index + 1 }
    }
    return nil
  }
}

private func lowercased(_ byte: UInt8) -> UInt8 {
  UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte
}

/// A pattern with gaps that match any run of characters.
struct WildcardMatcher: Hashable, Sendable {
  private let start: [UInt8]
  /// The pieces between the first and the last, each matched at its first place after the piece before. A later place
  /// cannot help.
  private let middle: [SubstringMatcher]
  private let end: [UInt8]

  /// `pieces` are the texts around the gaps: at least two.
  init(pieces: [ArraySlice<UInt8>]) {
    start = Array(pieces[0])
    middle = pieces.dropFirst().dropLast().filter { !$0.isEmpty }.map { SubstringMatcher($0) }
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
