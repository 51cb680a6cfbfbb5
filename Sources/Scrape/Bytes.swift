/// Decodes bytes as text; U+FFFD replaces invalid UTF-8.
func text(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
  String(decoding: range.map { bytes[$0] }, as: UTF8.self)
}

func equal(_ bytes: Span<UInt8>, _ range: Range<Int>, _ other: [UInt8]) -> Bool {
  guard range.count == other.count else { return false }
  for index in other.indices where bytes[range.lowerBound + index] != other[index] { return false }
  return true
}

func isBlank(_ byte: UInt8) -> Bool {
  byte == 0x20 || byte == 0x09
}
