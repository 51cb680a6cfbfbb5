/// How a key is sent to an engine.
package enum KeyScheme: Hashable, Sendable {
  /// `Authorization: Bearer KEY` (RFC 6750).
  case bearer
  /// `Authorization: Basic` with the key as `user:password` (RFC 7617).
  case basic
  /// A header of this name, in lower case, whose value is the key alone.
  case header(String)

  /// Reads the option `auth`; nil is `bearer`.
  init(_ text: String?) throws(EngineSpecError) {
    switch text?.lowercased() {
    case nil, "bearer": self = .bearer
    case "basic": self = .basic
    case let text? where text.hasPrefix("header:") && Self.isHeader(text.dropFirst("header:".count)):
      self = .header(String(text.dropFirst("header:".count)))
    default:
      throw EngineSpecError(
        "auth must be bearer, basic or header:NAME, such as header:X-API-Key", in: [.auth])
    }
  }

  /// The option's text; nil for `bearer`.
  var text: String? {
    switch self {
    case .bearer: nil
    case .basic: "basic"
    case .header(let name): "header:\(name)"
    }
  }

  /// The headers of a request that are no place for a key.
  private static let taken: Set<String> = [
    "host", "accept", "user-agent", "content-type", "content-length", "connection", "transfer-encoding", "te",
    "upgrade",
    "expect", "trailer", "keep-alive",
  ]

  /// Whether a text is the name of a header (RFC 9110, section 5.6.2) that can hold a key.
  private static func isHeader(_ name: Substring) -> Bool {
    let allowed = "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"
    return (1...128).contains(name.utf8.count) && name.utf8.allSatisfy(allowed.utf8.contains)
      && !taken.contains(String(name))
  }
}
