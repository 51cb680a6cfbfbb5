/// Why bytes cannot be read as a message: they are malformed, or exceed a limit of the reader.
package struct MalformedMessage: Error, Hashable, Sendable, CustomStringConvertible {
  package var reason: Reason
  /// The fault, for developers.
  package var text: String
  /// The offset of the byte at which the reader found the fault; nil when the fault concerns the whole message.
  package var offset: Int?
  /// The field's name in the proto file; empty outside a known field.
  package var field: String

  package init(_ reason: Reason, _ text: String, offset: Int? = nil, field: String = "") {
    self.reason = reason
    self.text = text
    self.offset = offset
    self.field = field
  }

  package enum Reason: Hashable, Sendable {
    /// The bytes violate the wire format or the field's type.
    case malformed
    /// The message is deeper, or has more fields or bytes, than `WireLimits` allows.
    case limit
    /// The bytes are well-formed, but the value is invalid.
    case value
  }

  package var description: String {
    var description = text
    if !field.isEmpty { description += " in field '\(field)'" }
    if let offset { description += " at byte \(offset)" }
    return description
  }
}
