import FoundationEssentials

/// Where the key that an engine wants is found. Read anew for each probe, so that it can be rotated; never printed.
package enum APIKey: Hashable, Sendable {
  case literal(String)
  case environment(String)
  case file(String)

  /// The key itself, without white space around it. Throws `APIKeyError`.
  package func resolve() throws(APIKeyError) -> String {
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
    let key = text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
    // Anything else could end the header line and begin another.
    guard !key.isEmpty, String(key).utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      throw APIKeyError(description: "the key is empty or is not printable ASCII")
    }
    return String(key)
  }
}

extension APIKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String {
    switch self {
    case .literal: "(key)"
    case .environment(let name): "key-env \(name)"
    case .file(let path): "key-file \(path)"
    }
  }

  package var debugDescription: String { description }

  /// Without it `dump` and default descriptions of what holds a key would show it.
  package var customMirror: Mirror { Mirror(self, children: ["key": description]) }
}

/// Why a key cannot be had; never holds the key.
package struct APIKeyError: Error, Hashable, CustomStringConvertible {
  package var description: String
}
