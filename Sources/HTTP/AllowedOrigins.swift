/// The web origins whose scripts may read this server's answers (Fetch standard, section 3.3, CORS).
package enum AllowedOrigins: Hashable, Sendable {
  /// Every origin, also the opaque origin `null` of a local file.
  case any
  /// These origins, spelt as browsers send them.
  case these([String])

  /// Reads `*`, or origins between commas: `https://chat.example.com`, `http://localhost:3000`.
  package init(_ text: String) throws(OriginError) {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard parts != ["*"] else {
      self = .any
      return
    }
    var origins: [String] = []
    for part in parts { origins.append(try Self.origin(part)) }
    self = .these(origins)
  }

  /// The union of several settings; nil for none.
  package init?(joining settings: [AllowedOrigins]) throws(OriginError) {
    guard let first = settings.first else { return nil }
    guard settings.contains(.any) else {
      self = .these(settings.flatMap(\.list))
      return
    }
    guard settings.allSatisfy({ $0 == .any }) else { throw OriginError.starWithOthers }
    self = first
  }

  /// The value of `Access-Control-Allow-Origin` for the origin that a client sends; nil when its scripts may read nothing.
  func answer(to origin: String?) -> String? {
    switch self {
    case .any: "*"
    // The configured text is sent and never the client's. It is ASCII, and no other text may count as equal to it.
    case .these(let origins):
      origin.flatMap { origin in origins.first { $0.utf8.elementsEqual(origin.utf8) } }
    }
  }

  private var list: [String] { if case .these(let origins) = self { origins } else { [] } }

  /// Checks an origin, and spells it as browsers do (RFC 6454 section 6.1): in lower case, without the scheme's own port.
  private static func origin(_ text: Substring) throws(OriginError) -> String {
    guard text != "*" else { throw .starWithOthers }
    // A character outside of ASCII may have a lower case within.
    guard text.utf8.allSatisfy({ $0 < 0x80 }) else { throw .malformed(String(text)) }
    let text = text.lowercased()
    guard let mark = text.firstRange(of: "://") else { throw .malformed(text) }
    let scheme = text[..<mark.lowerBound]
    let authority = text[mark.upperBound...]
    guard scheme.utf8.first.map(isLetter) == true, scheme.utf8.allSatisfy(isSchemeByte) else { throw .malformed(text) }
    let isBracketed = authority.hasPrefix("[")
    let end =
      isBracketed ? authority.firstIndex(of: "]").map { authority.index(after: $0) } : authority.firstIndex(of: ":")
    let host = authority[..<(end ?? authority.endIndex)]
    let isHost = isBracketed ? end != nil && host.utf8.dropFirst().dropLast().allSatisfy(isAddressByte) : true
    guard isHost, !host.isEmpty, isBracketed || host.utf8.allSatisfy(isNameByte) else { throw .malformed(text) }
    let rest = authority[host.endIndex...]
    guard !rest.isEmpty else { return text }
    guard rest.hasPrefix(":"), rest.utf8.dropFirst().allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
      let port = UInt16(rest.dropFirst()), port > 0
    else { throw .malformed(text) }
    let isOwn = scheme == "http" && port == 80 || scheme == "https" && port == 443
    return "\(scheme)://\(host)" + (isOwn ? "" : ":\(port)")
  }

  private static func isLetter(_ byte: UInt8) -> Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    isLetter(byte) || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "-._".utf8.contains(byte)
  }

  private static func isSchemeByte(_ byte: UInt8) -> Bool {
    isLetter(byte) || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "+-.".utf8.contains(byte)
  }

  private static func isAddressByte(_ byte: UInt8) -> Bool {
    "0123456789abcdef:.".utf8.contains(byte)
  }
}

/// The reason that a setting names no origins.
package enum OriginError: Error, Hashable, CustomStringConvertible {
  /// The text is no origin.
  case malformed(String)
  /// `*` stands beside origins.
  case starWithOthers

  package var description: String {
    switch self {
    case .malformed(let text):
      "\"\(text)\" is no origin: write scheme://host or scheme://host:port, such as https://chat.example.com, or *"
    case .starWithOthers: "* stands for every origin: leave out the others, or leave out *"
    }
  }
}
