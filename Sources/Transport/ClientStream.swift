import GRPC
import HTTP2

/// One call on a client connection: its messages and the tasks that wait for them. Confined to the connection's event loop.
final class ClientStream: Stream {
  /// Gets messages that are there; none at the end of the call.
  typealias MessageWaiter = CheckedContinuation<[ArraySlice<UInt8>], any Error>

  var machine = ClientCallMachine()
  /// Whoever waits for the next message; one at a time.
  var reader: MessageWaiter?
  /// Senders that wait until what they sent is on its way.
  var writers: [CheckedContinuation<Void, any Error>] = []
  var initialMetadata = Metadata()
  var trailingMetadata = Metadata()
  var deadline: ContinuousClock.Instant?
  /// Bytes of `received` whose window the server already has back.
  var windowGiven = 0

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
