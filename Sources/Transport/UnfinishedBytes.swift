import HTTP2

/// The bytes of incomplete messages whose flow-control window the client has back, for all streams of a connection.
struct UnfinishedBytes {
  private let limit: Int
  private(set) var count = 0

  init(limit: Int) {
    self.limit = limit
  }

  /// Counts the head of a request, which stays until its stream closes. Returns whether the connection holds too many
  /// bytes now.
  mutating func hold(headOf stream: ServerStream) -> Bool {
    // Usual heads are small, and the number of streams bounds them.
    guard stream.head.listSize > 2_048 else { return false }
    stream.headBytes = stream.head.listSize
    count += stream.headBytes
    return count > limit
  }

  /// Gives back the window of an incomplete message, whose size another limit bounds. Returns whether the connection
  /// holds too many bytes now.
  mutating func giveWindow(of stream: ServerStream, _ session: Session) -> Bool {
    let arrived = stream.received.count - stream.windowGiven
    guard arrived > 0 else { return false }
    session.consumed(arrived, on: stream)
    stream.windowGiven = stream.received.count
    count += arrived
    return count > limit
  }

  /// Takes `bytes` of the received data, and gives back the rest of their window.
  mutating func take(_ bytes: Int, of stream: ServerStream, _ session: Session) {
    stream.received.drop(bytes)
    let given = min(stream.windowGiven, bytes)
    stream.windowGiven -= given
    count -= given
    session.consumed(bytes - given, on: stream)
  }

  /// Drops the bytes that no handler will take.
  mutating func forget(_ stream: ServerStream) {
    drop(stream)
    stream.received.removeAll()
  }

  mutating func closed(_ stream: ServerStream) {
    drop(stream)
    count -= stream.headBytes
    stream.headBytes = 0
  }

  private mutating func drop(_ stream: ServerStream) {
    count -= stream.windowGiven
    stream.windowGiven = 0
  }
}
