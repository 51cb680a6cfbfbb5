import GRPC
import NIOCore
import Synchronization

/// One call of a client; any task may use it, and its state lives on the connection's event loop.
final class ClientCall: BidirectionalCall {
  private let handler: NIOLoopBound<ClientHandler>
  private let stream: NIOLoopBound<ClientStream>
  private let eventLoop: any EventLoop
  private let deadline: Scheduled<Void>?
  /// Received messages in reverse order: each hop to the event loop brings all messages that have arrived.
  private let ready = Mutex<[ReceivedMessage]>([])
  /// The largest message after decompression, in bytes.
  private let maxMessageSize: Int

  /// Must run on the event loop.
  init(handler: NIOLoopBound<ClientHandler>, stream: ClientStream, timeout: Duration?, maxMessageSize: Int) {
    let eventLoop = handler.eventLoop
    let bound = NIOLoopBound(stream, eventLoop: eventLoop)
    self.handler = handler
    self.stream = bound
    self.eventLoop = eventLoop
    self.maxMessageSize = maxMessageSize
    deadline = timeout.map { timeout in
      eventLoop.scheduleTask(in: TimeAmount(timeout)) {
        handler.value.end(bound.value, ClientStream.deadlineExceeded)
      }
    }
  }

  deinit {
    deadline?.cancel()
    // No task can wait for a call that nothing refers to any more.
    eventLoop.execute { [handler, stream] in
      handler.value.end(stream.value, Status(.cancelled, "the call was dropped"))
    }
  }

  func next() async throws -> ArraySlice<UInt8>? {
    if let message = ready.withLock({ $0.popLast() }) { return try content(of: message) }
    let messages = try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        eventLoop.execute { self.handler.value.next(on: self.stream.value, continuation) }
      }
    } onCancel: {
      cancel()
    }
    ready.withLock { $0 = messages.dropFirst().reversed() }
    return try messages.first.map { try content(of: $0) }
  }

  /// The message itself: the task of the caller inflates it, and not the event loop. A broken or too large message ends
  /// the call.
  private func content(of message: ReceivedMessage) throws -> ArraySlice<UInt8> {
    guard message.isCompressed else { return message.bytes }
    switch InflatedMessage(message.bytes, limit: maxMessageSize) {
    case .content(let content): return content
    case .failed(let status):
      ready.withLock { $0 = [] }
      end(status)
      throw status
    }
  }

  func send(_ message: [UInt8]) async throws {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        eventLoop.execute {
          let stream = self.stream.value
          if let status = stream.machine.status { return continuation.resume(throwing: status) }
          self.handler.value.send(message, on: stream)
          self.handler.value.waitToSend(on: stream, continuation)
        }
      }
    } onCancel: {
      cancel()
    }
  }

  func finish() {
    eventLoop.execute { self.handler.value.finish(self.stream.value) }
  }

  func cancel() {
    end(Status(.cancelled, "the call was cancelled by this client"))
  }

  private func end(_ status: Status) {
    eventLoop.execute { self.handler.value.end(self.stream.value, status) }
  }

  /// Sends the whole request of a call with one message. Must run on the event loop.
  func sendOnly(_ message: [UInt8]) {
    handler.value.send(message, on: stream.value)
    handler.value.finish(stream.value)
  }

  /// The metadata that the server sent with the head and with the status.
  func receivedMetadata() async throws -> (initial: Metadata, trailing: Metadata) {
    try await eventLoop.submit { (self.stream.value.initialMetadata, self.stream.value.trailingMetadata) }.get()
  }
}
