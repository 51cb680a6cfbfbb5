import CMessages
import Catalog
import Messages

/// A `google.protobuf.Timestamp` in the memory of `draft`.
@safe func timestamp<M: Message>(
  _ draft: borrowing MessageDraft<M>, _ moment: Timestamp
) -> UnsafeMutablePointer<Google__Protobuf__Timestamp> {
  draft.message { draft in
    draft.fields.seconds = moment.seconds
    draft.fields.nanos = Int32(moment.microsecondsOfSecond) * 1000
  }
}

/// Decodes a timestamp, rounded down to microseconds; the nearest possible time when it is out of range.
func timestamp(_ message: borrowing MessageView<Google__Protobuf__Timestamp>) -> Timestamp {
  let (whole, overflow) = message.fields.seconds.multipliedReportingOverflow(by: 1_000_000)
  guard !overflow else { return Timestamp(microseconds: message.fields.seconds < 0 ? .min : .max) }
  let (sum, overflows) = whole.addingReportingOverflow(Int64(message.fields.nanos) / 1000)
  return Timestamp(microseconds: overflows ? (whole < 0 ? .min : .max) : sum)
}

/// A `google.protobuf.Timestamp` of a request that is not checked yet.
struct RawTimestamp {
  private let seconds: Int64
  private let nanos: Int32

  init(_ message: borrowing MessageView<Google__Protobuf__Timestamp>) {
    seconds = message.fields.seconds
    nanos = message.fields.nanos
  }

  /// The time, rounded down to microseconds. Throws for values that timestamp.proto does not allow.
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

/// A `google.protobuf.Duration` in the memory of `draft`, rounded towards zero to nanoseconds.
@safe func duration<M: Message>(
  _ draft: borrowing MessageDraft<M>, _ duration: Duration
) -> UnsafeMutablePointer<Google__Protobuf__Duration> {
  let (seconds, attoseconds) = duration.components
  return draft.message { draft in
    draft.fields.seconds = seconds
    draft.fields.nanos = Int32(attoseconds / 1_000_000_000)
  }
}

func duration(_ message: borrowing MessageView<Google__Protobuf__Duration>) -> Duration {
  .seconds(message.fields.seconds) + .nanoseconds(message.fields.nanos)
}
