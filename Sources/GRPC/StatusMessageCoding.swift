/// The percent-encoding of `grpc-message` (grpc/doc/PROTOCOL-HTTP2.md): it escapes UTF-8 bytes outside printable ASCII,
/// and `%`. It also escapes a space at either end: the value of a field must not begin or end with a space (RFC 9113,
/// section 8.2.1).
package enum StatusMessageCoding {
  private static let digits = Array("0123456789ABCDEF".utf8)

  package static func encode(_ text: String) -> String {
    let space = UInt8(ascii: " ")
    let isPlain = text.utf8.allSatisfy { (0x20...0x7e).contains($0) && $0 != UInt8(ascii: "%") }
    if isPlain, text.utf8.first != space, text.utf8.last != space { return text }
    var bytes = [UInt8]()
    for (position, byte) in text.utf8.enumerated() {
      let isAtAnEnd = position == 0 || position == text.utf8.count - 1
      if (0x20...0x7e).contains(byte), byte != UInt8(ascii: "%"), byte != space || !isAtAnEnd {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Decodes a message. It keeps broken escapes as they are and replaces broken UTF-8, so that the text of an error is
  /// never lost.
  package static func decode(_ bytes: some Collection<UInt8>) -> String {
    var result = [UInt8]()
    var rest = Array(bytes)[...]
    while let byte = rest.popFirst() {
      let escape = rest.prefix(2)
      if byte == UInt8(ascii: "%"), escape.count == 2, let high = hexValue(escape.first!),
        let low = hexValue(escape.last!)
      {
        result.append(high << 4 | low)
        rest = rest.dropFirst(2)
      } else {
        result.append(byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
