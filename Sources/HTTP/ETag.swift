/// An entity tag (RFC 9110 8.8.3).
package struct ETag: Hashable, Sendable {
  /// What stands between the quotes.
  package var opaque: String
  package var isWeak: Bool

  /// `opaque` has no quotes, blanks or controls.
  package init(_ opaque: String, isWeak: Bool = false) {
    self.opaque = opaque
    self.isWeak = isWeak
  }

  /// As in a field: `"x"` or `W/"x"`.
  package var text: String {
    isWeak ? "W/\"\(opaque)\"" : "\"\(opaque)\""
  }

  /// Weak comparison (RFC 9110 8.8.3.2): a tag that a gateway weakened, when it compressed, still matches.
  package func matchesWeakly(_ other: ETag) -> Bool {
    opaque == other.opaque
  }
}
