/// JSON strings (RFC 8259 7): the only place where text becomes JSON.
package enum JSONText {
  /// Appends a string with its quotes; it escapes quotation marks, reverse solidi and control characters, nothing else.
  package static func append(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    if needsEscape(text) {
      for byte in text.utf8 { append(escaped: byte, to: &bytes) }
    } else {
      bytes.append(contentsOf: text.utf8)
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Appends a string, or `null` for nil.
  package static func append(_ text: String?, to bytes: inout [UInt8]) {
    if let text {
      append(text, to: &bytes)
    } else {
      bytes.append(contentsOf: "null".utf8)
    }
  }

  private static func needsEscape(_ text: String) -> Bool {
    let span = text.utf8Span.span
    for index in span.indices {
      let byte = span[index]
      if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return true }
    }
    return false
  }

  private static func append(escaped byte: UInt8, to bytes: inout [UInt8]) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"):
      bytes.append(UInt8(ascii: "\\"))
      bytes.append(byte)
    case UInt8(ascii: "\n"):
      bytes.append(contentsOf: "\\n".utf8)
    case UInt8(ascii: "\r"):
      bytes.append(contentsOf: "\\r".utf8)
    case UInt8(ascii: "\t"):
      bytes.append(contentsOf: "\\t".utf8)
    case 0..<0x20:
      bytes.append(contentsOf: "\\u00".utf8)
      bytes.append(hexadecimal(byte >> 4))
      bytes.append(hexadecimal(byte & 15))
    default:
      bytes.append(byte)
    }
  }

  private static func hexadecimal(_ digit: UInt8) -> UInt8 {
    digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
  }
}
