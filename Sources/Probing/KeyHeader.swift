import Fleet
import FoundationEssentials

/// The header that carries an engine's key.
struct KeyHeader: Sendable {
  let name: String
  let value: String
}

extension EngineSpec {
  /// Reads the engine's key; nil: it has none. Throws `APIKeyError`.
  func keyHeader() throws(APIKeyError) -> KeyHeader? {
    guard let key else { return nil }
    switch keyScheme {
    case .bearer: return KeyHeader(name: "authorization", value: "Bearer \(try key.resolve())")
    case .header(let name): return KeyHeader(name: name, value: try key.resolve())
    case .basic:
      let pair = try key.text()
      guard pair.contains(":"), pair.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
        throw APIKeyError(description: "the key is not of the form user:password, as auth=basic needs it")
      }
      return KeyHeader(name: "authorization", value: "Basic \(Data(pair.utf8).base64EncodedString())")
    }
  }
}
