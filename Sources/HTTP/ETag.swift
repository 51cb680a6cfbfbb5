/// An entity tag (RFC 9110 8.8.3).
package struct ETag: Hashable, Sendable {
  /// The text between the quotes.
  package var opaque: String
  package var isWeak: Bool

  /// Requires an `opaque` without quotes, blanks and control characters.
  package init(_ opaque: String, isWeak: Bool = false) {
    self.opaque = opaque
    self.isWeak = isWeak
  }

  /// The tag as a header field writes it: `"x"` or `W/"x"`.
  package var text: String {
    isWeak ? "W/\"\(opaque)\"" : "\"\(opaque)\""
  }

  /// Weak comparison (RFC 9110 8.8.3.2): a tag that a gateway weakened when it compressed the body still matches.
  package func matchesWeakly(_ other: ETag) -> Bool {
    opaque == other.opaque
  }
}
