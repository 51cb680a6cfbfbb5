import FoundationEssentials

/// JSON as engines write it: also with a byte order mark, and with the NaN and Infinity of Python's writer.
enum LenientJSON {
  static func decode<Value: Decodable>(_ type: Value.Type, from body: Data) throws -> Value {
    let body = body.starts(with: [0xef, 0xbb, 0xbf]) ? body.dropFirst(3) : body
    do {
      return try JSONDecoder().decode(type, from: body)
    } catch DecodingError.dataCorrupted(let context) {
      guard body.contains(UInt8(ascii: "N")) || body.contains(UInt8(ascii: "I")) else {
        throw DecodingError.dataCorrupted(context)
      }
      let decoder = JSONDecoder()
      // JSON5 has these numbers.
      decoder.allowsJSON5 = true
      return try decoder.decode(type, from: body)
    }
  }

  /// Whether a body is a page for people.
  static func isHTML(_ body: Data) -> Bool {
    body.first { $0 > 0x20 } == UInt8(ascii: "<")
  }
}
