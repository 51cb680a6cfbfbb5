/// Bytes that are not the message they should be, or more of it than its reader allows.
package struct MalformedMessage: Error, Hashable, Sendable, CustomStringConvertible {
  package var reason: Reason
  /// What is wrong, for developers.
  package var text: String
  /// Byte at which it was seen; nil when it is about the message as a whole.
  package var offset: Int?
  /// The field's name as in the proto file; empty outside a known field.
  package var field: String

  package init(_ reason: Reason, _ text: String, offset: Int? = nil, field: String = "") {
    self.reason = reason
    self.text = text
    self.offset = offset
    self.field = field
  }

  package enum Reason: Hashable, Sendable {
    /// The bytes break the wire format or the field's type.
    case malformed
    /// Deeper, more or bigger than `WireLimits` allow.
    case limit
    /// Well-formed, but a value that has no meaning.
    case value
  }

  package var description: String {
    var description = text
    if !field.isEmpty { description += " in field '\(field)'" }
    if let offset { description += " at byte \(offset)" }
    return description
  }
}
