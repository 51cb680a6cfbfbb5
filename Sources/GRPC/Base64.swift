/// Base64 (RFC 4648), written without padding.
package enum Base64 {
  package enum Alphabet: Sendable {
    /// The alphabet of section 4, for `-bin` metadata; decoding accepts text with or without padding.
    case standard
    /// The alphabet of section 5, for URLs; decoding accepts only the text that `encode` writes for the same bytes.
    case url
  }

  private static let standardDigits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let urlDigits = Array(standardDigits.dropLast(2) + "-_".utf8)

  package static func encode(_ bytes: [UInt8], _ alphabet: Alphabet = .standard) -> String {
    let digits = alphabet == .standard ? standardDigits : urlDigits
    var text = [UInt8]()
    text.reserveCapacity((bytes.count * 4 + 2) / 3)
    var bits: UInt32 = 0
    var count = 0
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      count += 8
      while count >= 6 {
        count -= 6
        text.append(digits[Int(bits >> UInt32(count) & 63)])
      }
    }
    if count > 0 { text.append(digits[Int(bits << UInt32(6 - count) & 63)]) }
    return String(decoding: text, as: UTF8.self)
  }

  /// Decodes a text; nil when it is not base64 in this alphabet.
  package static func decode(_ text: some Collection<UInt8>, _ alphabet: Alphabet = .standard) -> [UInt8]? {
    var digits = Array(text)
    if alphabet == .standard {
      while digits.last == UInt8(ascii: "="), digits.count % 4 != 1 { digits.removeLast() }
    }
    guard digits.count % 4 != 1 else { return nil }
    var bytes = [UInt8]()
    bytes.reserveCapacity(digits.count * 3 / 4)
    var bits: UInt32 = 0
    var count = 0
    for digit in digits {
      guard let value = value(digit, alphabet) else { return nil }
      bits = bits << 6 | value
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    // `encode` writes zeros in the bits that are left over.
    let isExact = bits & (1 << UInt32(count) - 1) == 0
    return alphabet == .standard || isExact ? bytes : nil
  }

  private static func value(_ digit: UInt8, _ alphabet: Alphabet) -> UInt32? {
    switch digit {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+") where alphabet == .standard: 62
    case UInt8(ascii: "/") where alphabet == .standard: 63
    case UInt8(ascii: "-") where alphabet == .url: 62
    case UInt8(ascii: "_") where alphabet == .url: 63
    default: nil
    }
  }
}
