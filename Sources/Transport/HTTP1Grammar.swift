/// The characters and words of HTTP/1.1 messages (RFC 9110 section 5.6, RFC 9112 sections 2 to 5).
enum HTTP1Grammar {
  static let space = UInt8(ascii: " ")
  static let tab = UInt8(ascii: "\t")
  static let carriageReturn = UInt8(ascii: "\r")
  static let lineFeed = UInt8(ascii: "\n")

  /// Whether a line may have this byte before its end: visible characters, blanks, and bytes of other alphabets.
  static func isText(_ byte: UInt8) -> Bool {
    (byte >= 0x20 && byte != 0x7F) || byte == tab
  }

  /// Whether a token, for example a method or the name of a field, may have this byte.
  static func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "#"), UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "|"): true
    default: isUnreserved(byte) || "!$%&'*+".utf8.contains(byte)
    }
  }

  /// Whether a name of a host may have this byte without encoding: a letter, a digit, or one of `-._~`.
  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
    default: isDigit(byte)
    }
  }

  static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  /// The value of a hexadecimal digit; nil when the byte is none.
  static func hexValue(_ byte: UInt8) -> Int? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a")) + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte - UInt8(ascii: "A")) + 10
    default: nil
    }
  }

  static func lowercased(_ byte: UInt8) -> UInt8 {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
  }

  /// The words of a list in lower case, without the blanks around them (RFC 9110 section 5.6.1).
  static func words(_ list: String) -> [String] {
    list.utf8.split(separator: UInt8(ascii: ",")).map { word in
      var word = word.drop { $0 == space || $0 == tab }
      while let last = word.last, last == space || last == tab { word.removeLast() }
      return String(decoding: word.map { lowercased($0) }, as: UTF8.self)
    }.filter { !$0.isEmpty }
  }

  /// Whether this is a host with an optional port: the value of `Host` (RFC 9112 section 3.2).
  static func isAuthority(_ text: Substring.UTF8View, mayBeEmpty: Bool) -> Bool {
    var rest = text
    if rest.first == UInt8(ascii: "[") {
      guard let end = rest.firstIndex(of: UInt8(ascii: "]")), isAddress(rest[..<end].dropFirst()) else { return false }
      rest = rest[end...].dropFirst()
    } else {
      let end = rest.firstIndex(of: UInt8(ascii: ":")) ?? rest.endIndex
      guard isName(rest[..<end]), mayBeEmpty || end != rest.startIndex else { return false }
      rest = rest[end...]
    }
    guard let colon = rest.popFirst() else { return true }
    return colon == UInt8(ascii: ":") && rest.allSatisfy { isDigit($0) }
  }

  /// Whether this is an address of IPv6 or later, without its brackets.
  private static func isAddress(_ text: Substring.UTF8View) -> Bool {
    !text.isEmpty && text.contains(UInt8(ascii: ":"))
      && text.allSatisfy { hexValue($0) != nil || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }
  }

  /// Whether this is a registered name or an address of IPv4 (RFC 3986 section 3.2.2).
  private static func isName(_ text: Substring.UTF8View) -> Bool {
    var digits = 0
    for byte in text {
      if digits > 0 {
        guard hexValue(byte) != nil else { return false }
        digits -= 1
      } else if byte == UInt8(ascii: "%") {
        digits = 2
      } else {
        guard isUnreserved(byte) || "!$&'()*+,;=".utf8.contains(byte) else { return false }
      }
    }
    return digits == 0
  }
}
