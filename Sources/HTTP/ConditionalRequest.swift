package import HTTPTypes

/// The condition that a client sends to save itself a body: `If-None-Match` (RFC 9110 13.1.2).
package enum ConditionalRequest: Hashable, Sendable {
  /// No condition, or one that is malformed: always answer in full.
  case none
  /// `*`: the client knows any representation.
  case any
  case tags([ETag])

  package init(_ request: Request) {
    if let text = request[.ifNoneMatch] { self.init(ifNoneMatch: text) } else { self = .none }
  }

  /// `text`: the field's value, several lines joined by commas.
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

  /// Whether the answer is 304 where the representation to send has this tag.
  package func isFulfilled(by current: ETag) -> Bool {
    switch self {
    case .none: false
    case .any: true
    case .tags(let tags): tags.contains { $0.matchesWeakly(current) }
    }
  }

  /// Whether something follows commas and blanks.
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
    // Between two tags there is a comma.
    if let next = text.first, next != UInt8(ascii: ","), next != UInt8(ascii: " "), next != UInt8(ascii: "\t") {
      return nil
    }
    return ETag(String(Substring(opaque)), isWeak: isWeak)
  }
}

extension Response {
  /// 304 with the fields of the full answer that it must repeat (RFC 9110 15.4.5), and the link to the next page.
  package static func notModified(repeating fields: HTTPFields) -> Response {
    let repeated: Set<HTTPField.Name> = [.cacheControl, .contentLocation, .date, .eTag, .expires, .link, .vary]
    return Response(status: .notModified, fields: HTTPFields(fields.filter { repeated.contains($0.name) }))
  }
}
