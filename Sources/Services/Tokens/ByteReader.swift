/// Reads bytes from the front: big-endian integers, and texts after their length in two bytes.
struct ByteReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) {
    rest = bytes[...]
  }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func byte() -> UInt8? {
    rest.popFirst()
  }

  mutating func word() -> UInt64? {
    bytes(8)?.reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Reads a text; nil when the bytes end too early or are not UTF-8.
  mutating func text() -> String? {
    guard let count = bytes(2)?.reduce(0, { $0 << 8 | Int($1) }), let bytes = bytes(count) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  private mutating func bytes(_ count: Int) -> ArraySlice<UInt8>? {
    guard rest.count >= count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }
}

/// Writes the format that `ByteReader` reads.
extension [UInt8] {
  mutating func append(word: UInt64) {
    for shift in stride(from: 56, through: 0, by: -8) { append(UInt8(truncatingIfNeeded: word >> UInt64(shift))) }
  }

  /// Appends a text of at most 65,535 bytes.
  mutating func append(text: String) {
    let count = text.utf8.count
    append(UInt8(count >> 8))
    append(UInt8(count & 0xFF))
    append(contentsOf: text.utf8)
  }
}
