/// Percent-encoding (RFC 3986 2.1), and its variant in query strings.
package enum PercentEncoding {
  /// Encodes everything but the unreserved characters (RFC 3986 2.3), so that the text may stand anywhere in a URI, and
  /// in a header field.
  package static func encode(_ text: String) -> String {
    var bytes = [UInt8]()
    bytes.reserveCapacity(text.utf8.count + 16)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        bytes.append(byte)
      default:
        bytes.append(UInt8(ascii: "%"))
        bytes.append(hexadecimal(byte >> 4))
        bytes.append(hexadecimal(byte & 15))
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func hexadecimal(_ digit: UInt8) -> UInt8 {
    digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10
  }

  /// Decodes once; nil for a `%` without two hexadecimal digits, a NUL, or bytes that are not UTF-8.
  static func decode(_ text: Substring.UTF8View, plusIsSpace: Bool = false) -> String? {
    var bytes = [UInt8]()
    bytes.reserveCapacity(text.count)
    var index = text.startIndex
    while index < text.endIndex {
      var byte = text[index]
      index = text.index(after: index)
      if byte == UInt8(ascii: "%") {
        guard let high = digit(text, &index), let low = digit(text, &index) else { return nil }
        byte = high << 4 | low
      } else if plusIsSpace, byte == UInt8(ascii: "+") {
        byte = UInt8(ascii: " ")
      }
      guard byte != 0 else { return nil }
      bytes.append(byte)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ text: Substring.UTF8View, _ index: inout Substring.Index) -> UInt8? {
    guard index < text.endIndex else { return nil }
    let byte = text[index]
    index = text.index(after: index)
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): return byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): return byte - UInt8(ascii: "A") + 10
    default: return nil
    }
  }
}
