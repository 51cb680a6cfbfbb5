import Fleet

/// An address to which an engine sends a request on (RFC 9110, section 10.2.2).
struct Redirect {
  /// The scheme, host and port.
  let origin: EngineURL
  /// The path, with the query if there is one.
  let target: String

  /// The largest number of redirects that one request follows.
  static let limit = 3

  /// Reads the field `Location` of a response. nil: it names no address of HTTP.
  init?(_ location: String, from origin: EngineURL, _ target: String) {
    guard location.utf8.count <= 2_048, location.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return nil }
    let reference = location.prefix { $0 != "#" }
    let colon = reference.prefix { !"/?".contains($0) }.firstIndex(of: ":")
    if colon != nil || reference.hasPrefix("//") {
      let scheme = colon.map { reference[..<$0].lowercased() } ?? origin.scheme
      let rest = reference[(colon.map { reference.index(after: $0) } ?? reference.startIndex)...]
      guard rest.hasPrefix("//") else { return nil }
      let authority = rest.dropFirst(2).prefix { !"/?".contains($0) }
      guard let url = try? EngineURL("\(scheme)://\(authority)") else { return nil }
      self.origin = url
      self.target = Self.resolved(rest.dropFirst(2 + authority.count))
      return
    }
    self.origin = origin
    let path = target.prefix { $0 != "?" }
    self.target =
      switch reference.first {
      case nil: target
      case "/": Self.resolved(reference)
      case "?": Self.resolved(path + reference)
      default: Self.resolved(path[...(path.lastIndex(of: "/") ?? path.startIndex)] + reference)
      }
  }

  /// The address for people.
  var shown: String { Self.shown(origin, target) }

  /// An address for people, without the query: it may hold a secret, and be another one each time.
  static func shown(_ origin: EngineURL, _ target: String) -> String {
    "\(origin.scheme)://\(origin.authority)\(target.prefix { $0 != "?" }.prefix(200))"
  }

  /// Whether a client may follow it from where it was: to the same place, or to the same host by TLS.
  func isFollowed(from other: EngineURL) -> Bool {
    guard origin.host == other.host else { return false }
    return origin.scheme == other.scheme && origin.port == other.port
      || other.scheme == "http" && origin.scheme == "https"
  }

  /// A path and query without the segments `.` and `..` (RFC 3986, section 5.2.4).
  private static func resolved(_ text: Substring) -> String {
    let path = text.prefix { $0 != "?" }
    var segments: [Substring] = []
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    for (index, part) in parts.enumerated() {
      switch part {
      case "..": segments = segments.dropLast()
      case ".": break
      default: segments.append(part)
      }
      if index == parts.count - 1, part == "." || part == ".." { segments.append("") }
    }
    return "/" + segments.joined(separator: "/") + text.dropFirst(path.count)
  }
}
