internal import HTTP

/// A text as a JSON string literal (RFC 8259, section 7). The simulator writes answers as text so that fields keep
/// vLLM's order.
func quoted(_ text: String) -> String {
  var bytes: [UInt8] = []
  JSONText.append(text, to: &bytes)
  return String(decoding: bytes, as: UTF8.self)
}

/// A text as a JSON string literal; `null` for nil.
func quoted(_ text: String?) -> String {
  text.map { quoted($0) as String } ?? "null"
}

/// Random lower-case hexadecimal digits, as engines use in the identifiers that they generate.
func randomHex(_ count: Int) -> String {
  String((0..<count).map { _ in "0123456789abcdef".randomElement() ?? "0" })
}
