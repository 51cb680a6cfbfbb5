import HTTP2

/// Bytes of a connection whose windows the client has back before their messages are whole, over all its streams.
struct UnfinishedBytes {
  private let limit: Int
  private var count = 0

  init(limit: Int) {
    self.limit = limit
  }

  /// Gives back the window of a message that is not whole yet: its size is limited elsewhere. Returns whether the
  /// connection holds too much now.
  mutating func giveWindow(of stream: ServerStream, _ session: Session) -> Bool {
    let arrived = stream.received.count - stream.windowGiven
    guard arrived > 0 else { return false }
    session.consumed(arrived, on: stream)
    stream.windowGiven = stream.received.count
    count += arrived
    return count > limit
  }

  /// Takes `bytes` of what was received, and gives back what is missing of their window.
  mutating func take(_ bytes: Int, of stream: ServerStream, _ session: Session) {
    stream.received.drop(bytes)
    let given = min(stream.windowGiven, bytes)
    stream.windowGiven -= given
    count -= given
    session.consumed(bytes - given, on: stream)
  }

  /// Drops bytes that no handler will take.
  mutating func forget(_ stream: ServerStream) {
    closed(stream)
    stream.received.removeAll()
  }

  mutating func closed(_ stream: ServerStream) {
    count -= stream.windowGiven
    stream.windowGiven = 0
  }
}
