import Messages

/// The percent-encoding of `grpc-message` (grpc/doc/PROTOCOL-HTTP2.md): it escapes UTF-8 bytes outside printable ASCII,
/// and `%`. It also escapes a space at either end: the value of a field must not begin or end with a space (RFC 9113,
/// section 8.2.1).
package enum StatusMessageCoding {
  private static let digits = Array("0123456789ABCDEF".utf8)

  /// The most bytes of a message, before the encoding and after it. grpc's C core takes 8 KiB of metadata in all, and
  /// replaces the status of an answer that has more.
  package static let messageLimit = 1_024
  package static let encodedLimit = 2_048

  /// Encodes a message. It cuts a message that is over one of the limits, and ends it with an ellipsis.
  package static func encode(_ text: String) -> String {
    let text = text.shortened(toBytes: messageLimit)
    let whole = escaped(text)
    guard whole.utf8.count > encodedLimit else { return whole }
    let tail = escaped(String.ellipsis)
    var (count, end) = (tail.utf8.count, text.startIndex)
    for index in text.unicodeScalars.indices {
      count += text.unicodeScalars[index].utf8.reduce(0) { $0 + (isPlain($1) ? 1 : 3) }
      // A space at the end of the beginning may take three bytes.
      guard count + 2 <= encodedLimit else { break }
      end = text.unicodeScalars.index(after: index)
    }
    return escaped(String(text[..<end])) + tail
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    (0x20...0x7e).contains(byte) && byte != UInt8(ascii: "%")
  }

  private static func escaped(_ text: String) -> String {
    let space = UInt8(ascii: " ")
    if text.utf8.allSatisfy(isPlain), text.utf8.first != space, text.utf8.last != space { return text }
    var bytes = [UInt8]()
    for (position, byte) in text.utf8.enumerated() {
      let isAtAnEnd = position == 0 || position == text.utf8.count - 1
      if isPlain(byte), byte != space || !isAtAnEnd {
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
