internal import HTTP

/// A JSON string literal of a text (RFC 8259, section 7). Engines' answers are written as text so that their fields keep
/// the order in which vLLM writes them.
func quoted(_ text: String) -> String {
  var bytes: [UInt8] = []
  JSONText.append(text, to: &bytes)
  return String(decoding: bytes, as: UTF8.self)
}

/// `null` for nil.
func quoted(_ text: String?) -> String {
  text.map { quoted($0) as String } ?? "null"
}

/// Lower-case hexadecimal digits as engines put into made-up identifiers.
func randomHex(_ count: Int) -> String {
  String((0..<count).map { _ in "0123456789abcdef".randomElement() ?? "0" })
}
