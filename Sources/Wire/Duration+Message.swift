import CMessages
import Messages

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
