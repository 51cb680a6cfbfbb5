package import HTTPTypes

/// The condition by which a client saves itself a body: `If-None-Match` (RFC 9110 13.1.2).
package enum ConditionalRequest: Hashable, Sendable {
  /// The request has no condition, or a malformed condition: the server always answers in full.
  case none
  /// `*`: the client accepts 304 for any representation.
  case any
  case tags([ETag])

  package init(_ request: Request) {
    if let text = request[.ifNoneMatch] { self.init(ifNoneMatch: text) } else { self = .none }
  }

  /// Parses the value of the field; `text` joins the field's lines by commas.
  package init(ifNoneMatch text: String) {
    var rest = Substring(text).utf8
    var tags = [ETag]()
    while Self.skipSeparators(&rest) {
      if tags.isEmpty, rest.first == UInt8(ascii: "*") {
        rest.removeFirst()
        self = Self.skipSeparators(&rest) ? .none : .any
        return
      }
      guard let tag = Self.takeTag(&rest) else {
        self = .none
        return
      }
      tags.append(tag)
    }
    self = tags.isEmpty ? .none : .tags(tags)
  }

  /// Whether the server answers 304 when the representation that it would send has this tag.
  package func isFulfilled(by current: ETag) -> Bool {
    switch self {
    case .none: false
    case .any: true
    case .tags(let tags): tags.contains { $0.matchesWeakly(current) }
    }
  }

  /// Skips commas and blanks. Returns whether something follows them.
  private static func skipSeparators(_ text: inout Substring.UTF8View) -> Bool {
    text = text.drop { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    return !text.isEmpty
  }

  private static func takeTag(_ text: inout Substring.UTF8View) -> ETag? {
    let isWeak = text.starts(with: "W/".utf8)
    if isWeak { text.removeFirst(2) }
    guard text.popFirst() == UInt8(ascii: "\""), let end = text.firstIndex(of: UInt8(ascii: "\"")) else { return nil }
    let opaque = text[..<end]
    text = text[end...].dropFirst()
    // A comma stands between two tags.
    if let next = text.first, next != UInt8(ascii: ","), next != UInt8(ascii: " "), next != UInt8(ascii: "\t") {
      return nil
    }
    return ETag(String(Substring(opaque)), isWeak: isWeak)
  }
}

/// The condition without which a client wants no answer: `If-Match` (RFC 9110 13.1.1).
package enum RequiredMatch: Hashable, Sendable {
  /// The request has no such condition.
  case none
  /// `*`: any representation will do.
  case any
  /// No tags: the condition is malformed, and nothing fulfills it.
  case tags([ETag])

  package init(_ request: Request) {
    guard let text = request[.ifMatch] else {
      self = .none
      return
    }
    switch ConditionalRequest(ifNoneMatch: text) {
    case .none: self = .tags([])
    case .any: self = .any
    case .tags(let tags): self = .tags(tags)
    }
  }

  /// Whether the server answers a request for the representation that has these tags, each for one coding.
  package func isFulfilled(by current: [ETag]) -> Bool {
    switch self {
    case .none, .any: true
    case .tags(let tags): tags.contains { !$0.isWeak && current.contains($0) }
    }
  }
}

extension Response {
  /// A 304 response with the fields of the full answer that it must repeat (RFC 9110 15.4.5), and the link to the next
  /// page.
  package static func notModified(repeating fields: HTTPFields) -> Response {
    let repeated: Set<HTTPField.Name> = [.cacheControl, .contentLocation, .date, .eTag, .expires, .link, .vary]
    return Response(status: .notModified, fields: HTTPFields(fields.filter { repeated.contains($0.name) }))
  }
}
