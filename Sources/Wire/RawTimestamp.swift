import CMessages
import Catalog
import Messages

/// A `google.protobuf.Timestamp` of a request, not yet known to be one.
struct RawTimestamp {
  private let seconds: Int64
  private let nanos: Int32

  init(_ message: borrowing MessageView<Google__Protobuf__Timestamp>) {
    seconds = message.fields.seconds
    nanos = message.fields.nanos
  }

  /// Rounded down to microseconds. Throws what timestamp.proto does not allow.
  func checked(field: String) throws(MalformedMessage) -> Timestamp {
    guard Timestamp.calendarSeconds.contains(seconds) else {
      throw MalformedMessage(.value, "must be in the years 0001 to 9999", field: field)
    }
    guard 0..<1_000_000_000 ~= nanos else {
      throw MalformedMessage(.value, "must have nanos from 0 to 999,999,999", field: field)
    }
    return Timestamp(microseconds: seconds * 1_000_000 + Int64(nanos) / 1000)
  }
}
