import GRPC
import HTTP2

/// A message of a response, as it arrived.
struct ReceivedMessage: Sendable {
  let bytes: ArraySlice<UInt8>
  /// Whether the message is in gzip.
  let isCompressed: Bool
}

/// One call on a client connection: its messages and the tasks that wait for them. Confined to the connection's event
/// loop.
final class ClientStream: Stream {
  /// The task that waits for messages; it gets an empty list at the end of the call.
  typealias MessageWaiter = CheckedContinuation<[ReceivedMessage], any Error>

  static let deadlineExceeded = Status(.deadlineExceeded, "the deadline of the call has passed")

  var machine = ClientCallMachine()
  /// The task that waits for the next message; at most one task may wait, nil when none does.
  var reader: MessageWaiter?
  /// Senders that wait until their messages are on their way.
  var writers: [CheckedContinuation<Void, any Error>] = []
  var initialMetadata = Metadata()
  var trailingMetadata = Metadata()
  var deadline: ContinuousClock.Instant?
  /// The bytes of `received` for which the client has already given the window back to the server.
  var windowGiven = 0

  /// The status of a stream that the server reset. The server may act on a passed deadline before the client does; its
  /// reset then means DEADLINE_EXCEEDED.
  func status(resetBy code: ErrorCode) -> Status {
    if code == .cancel, let deadline, deadline <= .now { return Self.deadlineExceeded }
    return Status(resetBy: code)
  }

  /// The frame that begins at an index of the received bytes.
  func frame(at start: Int, limit: Int) -> MessageFrame.Next {
    MessageFrame.next(in: received.bytes, from: start, limit: limit, encoding: machine.encoding)
  }

  /// Copies of the whole messages at the front of the received bytes, until they have `most` bytes, and the number of bytes
  /// of their frames.
  func wholeMessages(upTo most: Int, limit: Int) -> (messages: [ReceivedMessage], count: Int) {
    var messages = [ReceivedMessage]()
    var count = 0
    while count < most {
      let frame = frame(at: received.start + count, limit: limit)
      switch frame {
      case .message(let range), .compressed(let range):
        let bytes = Array(received.bytes[range])[...]
        messages.append(ReceivedMessage(bytes: bytes, isCompressed: frame == .compressed(range)))
        count += MessageFrame.prefixCount + range.count
      case .incomplete, .failed: return (messages, count)
      }
    }
    return (messages, count)
  }

  override func reset() {
    super.reset()
    machine = ClientCallMachine()
    reader = nil
    writers = []
    initialMetadata = Metadata()
    trailingMetadata = Metadata()
    deadline = nil
    windowGiven = 0
  }
}
