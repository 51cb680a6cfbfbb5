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

/// Rounded down to microseconds; the nearest moment when it is out of their range.
func timestamp(_ message: borrowing MessageView<Google__Protobuf__Timestamp>) -> Timestamp {
  let (whole, overflow) = message.fields.seconds.multipliedReportingOverflow(by: 1_000_000)
  guard !overflow else { return Timestamp(microseconds: message.fields.seconds < 0 ? .min : .max) }
  let (sum, overflows) = whole.addingReportingOverflow(Int64(message.fields.nanos) / 1000)
  return Timestamp(microseconds: overflows ? (whole < 0 ? .min : .max) : sum)
}
