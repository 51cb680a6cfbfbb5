/// A JSON string literal of a text (RFC 8259, section 7). Engines' answers are written as text so that their fields keep
/// the order in which vLLM writes them.
func quoted(_ text: String) -> String {
  var out = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": out += "\\\""
    case "\\": out += "\\\\"
    case "\n": out += "\\n"
    case "\r": out += "\\r"
    case "\t": out += "\\t"
    case "\u{0}"..<" ":
      let code = String(scalar.value, radix: 16)
      out += "\\u" + String(repeating: "0", count: 4 - code.count) + code
    default: out.unicodeScalars.append(scalar)
    }
  }
  return out + "\""
}

/// `null` for nil.
func quoted(_ text: String?) -> String {
  text.map { quoted($0) as String } ?? "null"
}

/// Lower-case hexadecimal digits as engines put into made-up identifiers.
func randomHex(_ count: Int) -> String {
  String((0..<count).map { _ in "0123456789abcdef".randomElement() ?? "0" })
}
