import GRPC
import HTTP2
import NIOCore

/// The messages and the end of a call, on their way to the tasks that wait for them.
extension ClientHandler {
  /// Hands the received messages to the task that waits for them.
  func deliver(_ stream: ClientStream) {
    releaseWriters(stream)
    let queue = stream.received
    switch stream.frame(at: queue.start, limit: configuration.maxMessageSize) {
    case .message, .compressed:
      guard let reader = stream.reader else { return }
      stream.reader = nil
      reader.resume(returning: takeMessages(stream))
    case .failed(let status):
      if stream.machine.status == nil {
        _ = stream.machine.end(status)
        session.reset(stream, .cancel)
      }
      finish(stream, leftOver: 0)
    case .incomplete:
      session.consumed(queue.count - stream.windowGiven, on: stream)
      stream.windowGiven = queue.count
      if stream.isRemoteClosed || stream.isClosed || stream.machine.status != nil {
        finish(stream, leftOver: queue.count)
      }
    }
  }

  /// Takes the whole messages out of the buffer, at least one and about 64 KiB of them at most.
  private func takeMessages(_ stream: ClientStream) -> [ReceivedMessage] {
    let (messages, count) = stream.wholeMessages(upTo: Self.lowWater, limit: configuration.maxMessageSize)
    stream.received.drop(count)
    let given = min(stream.windowGiven, count)
    stream.windowGiven -= given
    session.consumed(count - given, on: stream)
    return messages
  }

  /// Fails the senders of an ended call with the call's status.
  func releaseWriters(_ stream: ClientStream) {
    guard stream.isClosed || stream.machine.status != nil else { return }
    let status = stream.machine.status ?? Status(.unavailable, "the call has ended")
    let writers = stream.writers
    stream.writers = []
    for writer in writers { writer.resume(throwing: status) }
  }

  /// Ends the response: the reader and the senders get the status of the call.
  private func finish(_ stream: ClientStream, leftOver: Int) {
    let status = stream.machine.receivedEnd(stream.trailers, leftOver: leftOver)
    let block = stream.trailers.count == 0 ? stream.head : stream.trailers
    stream.trailingMetadata = Metadata(block) ?? Metadata()
    for writer in stream.writers { writer.resume(throwing: status) }
    stream.writers = []
    guard let reader = stream.reader else { return }
    stream.reader = nil
    if status.code == .ok { reader.resume(returning: []) } else { reader.resume(throwing: status) }
  }
}
