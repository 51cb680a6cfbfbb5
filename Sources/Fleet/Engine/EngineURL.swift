/// The base URL of an engine, checked and in one spelling: lower-case scheme and host, the port only if it is not the
/// scheme's own, no trailing slash. A trailing `/v1` is dropped, because people paste the URL that OpenAI clients take.
package struct EngineURL: Hashable, Sendable, CustomStringConvertible {
  package let scheme: String
  /// Brackets included if it is an IPv6 address.
  package let host: String
  package let port: Int
  /// Empty or begins with a slash and does not end with one.
  package let path: String

  package var description: String { "\(scheme)://\(authority)\(path)" }

  /// Host and port, as the `host` header has them.
  package var authority: String {
    let isDefault = port == (scheme == "https" ? 443 : 80)
    return isDefault ? host : "\(host):\(port)"
  }

  package init(_ text: String) throws(EngineSpecError) {
    guard let separator = text.firstRange(of: "://") else {
      throw EngineSpecError("\(Self.named(text)) is no URL of an engine: it must begin with http:// or https://")
    }
    scheme = text[..<separator.lowerBound].lowercased()
    guard scheme == "http" || scheme == "https" else {
      let found = Self.shown(text) == nil ? "" : "is '\(scheme)', it "
      throw EngineSpecError("\(Self.named(text)): the scheme \(found)must be http or https")
    }
    let rest = text[separator.upperBound...]
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    let authority = rest[..<slash]
    guard !authority.contains("@") else {
      throw EngineSpecError("an engine's URL must not hold credentials: use key-env or key-file")
    }
    (host, port) = try Self.split(authority, defaultPort: scheme == "https" ? 443 : 80, in: text)
    path = try Self.base(of: rest[slash...], in: text)
  }

  /// A text that was given as a URL, for errors: its scheme, host and port as far as they are plain, as all else may
  /// hold a key. nil: none of it is plain.
  static func shown(_ text: String) -> String? {
    let separator = text.firstRange(of: "://")
    let authority = text[(separator?.upperBound ?? text.startIndex)...].prefix { $0 != "/" }
    let scheme = separator.map { text[..<$0.lowerBound].lowercased() }
    guard !authority.contains("@"), scheme.map(commonSchemes.contains) ?? true else { return nil }
    let address = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
    let host = address.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "-._:[]".contains($0)) }
    let port = authority.dropFirst(host.count).prefix(6)
    let hasPort = port.first == ":" && port.dropFirst().allSatisfy { $0.isASCII && $0.isNumber } && port.count > 1
    guard separator != nil || hasPort else { return nil }
    return String(text[..<(separator?.upperBound ?? text.startIndex)] + host + (hasPort ? port : ""))
  }

  private static let commonSchemes: Set<String> = ["http", "https", "ftp", "ws", "wss", "grpc", "grpcs", "tcp", "unix"]

  private static func named(_ text: String) -> String { shown(text).map { "'\($0)'" } ?? "the text" }

  private static func split(
    _ authority: Substring, defaultPort: Int, in text: String
  ) throws(EngineSpecError) -> (String, Int) {
    var host = authority
    var port = defaultPort
    let afterAddress = authority.lastIndex(of: "]") ?? authority.startIndex
    if let colon = authority[afterAddress...].lastIndex(of: ":") {
      host = authority[..<colon]
      guard let number = UInt16(authority[authority.index(after: colon)...]), number > 0 else {
        throw EngineSpecError("\(Self.named(text)): the port must be a number from 1 to 65535")
      }
      port = Int(number)
    }
    let isAddress = host.hasPrefix("[") && host.hasSuffix("]")
    let name = isAddress ? host.dropFirst().dropLast() : host
    let isAllowed = name.utf8.allSatisfy { byte in
      isAddress ? byte.isHexDigit || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".") : byte.isHostByte
    }
    guard !name.isEmpty, isAllowed else {
      throw EngineSpecError("\(Self.named(text)): the host is not a host name or an address (IPv6 goes in brackets)")
    }
    return (host.lowercased(), port)
  }

  private static func base(of path: Substring, in text: String) throws(EngineSpecError) -> String {
    guard !path.contains("?"), !path.contains("#") else {
      throw EngineSpecError("\(Self.named(text)): an engine's URL has no query and no fragment")
    }
    guard path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      throw EngineSpecError("\(Self.named(text)): the path must be printable ASCII (percent-encode the rest)")
    }
    var path = path
    while path.hasSuffix("/") { path.removeLast() }
    if path.hasSuffix("/v1") { path.removeLast(3) }
    while path.hasSuffix("/") { path.removeLast() }
    return String(path)
  }
}

extension UInt8 {
  fileprivate var isHexDigit: Bool {
    isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 0x20)
  }

  private var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

  /// Whether the byte may be in a host name; underscores are in use though no RFC has them.
  fileprivate var isHostByte: Bool {
    isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) || self == UInt8(ascii: ".")
      || self == UInt8(ascii: "-") || self == UInt8(ascii: "_")
  }
}
