import GRPC
import HTTP2

/// One call on a client connection: its messages and the tasks that wait for them. Confined to the connection's event
/// loop.
final class ClientStream: Stream {
  /// The task that waits for messages; it gets an empty list at the end of the call.
  typealias MessageWaiter = CheckedContinuation<[ArraySlice<UInt8>], any Error>

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
