import GRPC
import HTTP
import HTTP2

/// Answers that are made piece by piece.
extension HTTP2ServerHandler {
  /// Asks all producers once; those that this turn has no time for come first in the next.
  func askProducers(now: ContinuousClock.Instant) {
    // Ended streams leave the list while it is walked, so walk a copy.
    let streams = producers
    if nextProducer >= streams.count { nextProducer = 0 }
    for _ in streams.indices {
      let stream = streams[nextProducer]
      nextProducer = nextProducer + 1 == streams.count ? 0 : nextProducer + 1
      guard stream.producerIndex >= 0, stream.isReady || stream.waitsForRoom else { continue }
      produce(stream, now: now)
      if loop.isTurnOver() { return goOnLater() }
    }
  }

  /// Asks a stream's producer for what fits.
  func produce(_ stream: ServerStream, now: ContinuousClock.Instant, takesMessages: Bool = true) {
    while stream.isReady && stream.outgoingByteCount < Self.lowWater && !stream.isClosed {
      switch stream.work {
      case .streaming(_, let handler):
        guard !stream.machine.isEnded else { return }
        var buffer = MessageBuffer()
        let progress = handler.produce(into: &buffer, now: now)
        send(buffer, on: stream)
        switch progress {
        case .more where buffer.isEmpty: askLater(stream)
        case .more: if loop.isTurnOver() { return goOnLater() }
        case .wait: stream.isReady = false
        case .end(let status): end(stream, status)
        }
      case .body(let source):
        var slices = [ArraySlice<UInt8>]()
        let progress = source.produce(into: &slices, now: now)
        for slice in slices { session.send(slice, on: stream) }
        switch progress {
        case .more where slices.isEmpty: askLater(stream)
        case .more: if loop.isTurnOver() { return goOnLater() }
        case .wait: stream.isReady = false
        case .end:
          stream.isReady = false
          session.finish(stream)
        }
      case .none, .unary, .rest: return
      }
    }
    if takesMessages, !stream.isReady, stream.waitsForRoom { takeMessages(stream) }
  }

  private func send(_ buffer: MessageBuffer, on stream: ServerStream) {
    guard !buffer.isEmpty else { return }
    switch stream.machine.sendMessage() {
    case .headThenMessage: session.respond(stream, stream.head(loop.grpcHead))
    case .message: break
    case .nothing: return
    }
    for slice in buffer.slices { session.send(slice, on: stream) }
  }

  private func askLater(_ stream: ServerStream) {
    stream.isReady = false
    stream.isAskedLater = true
    goOnLater()
  }
}
