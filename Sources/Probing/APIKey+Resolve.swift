import Fleet
import FoundationEssentials

extension APIKey {
  /// Reads the key and trims white space around it. Throws `APIKeyError`.
  func resolve() throws(APIKeyError) -> String {
    let key = try text()
    // Any other character could end the header line and begin another.
    guard !key.isEmpty, key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      throw APIKeyError(description: "the key is empty or is not printable ASCII")
    }
    return key
  }

  /// Reads the key, of any characters, and trims white space around it. Throws `APIKeyError`.
  func text() throws(APIKeyError) -> String {
    let text: String
    switch self {
    case .literal(let key):
      text = key
    case .environment(let name):
      guard let value = ProcessInfo.processInfo.environment[name] else {
        throw APIKeyError(description: "the environment variable \(name) with the key is not set")
      }
      text = value
    case .file(let path):
      guard let bytes = FileManager.default.contents(atPath: path) else {
        throw APIKeyError(description: "the key file \(path) cannot be read")
      }
      text = String(decoding: bytes, as: UTF8.self)
    }
    return String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}

/// The reason why a key cannot be read; never holds the key.
struct APIKeyError: Error, Hashable, CustomStringConvertible {
  var description: String
}
