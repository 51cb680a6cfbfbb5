import GRPC
import HTTP
import HTTP2
import Messages
import Metrics
import NIOCore

/// gRPC calls, driven by their state machines, and answers that handlers make piece by piece.
extension ServerStreams {
  func start(_ stream: ServerStream, _ method: Method) {
    stream.machine = ServerCallMachine(takesOneMessage: !method.description.clientStreaming)
    switch method.handler {
    case .unary?: stream.work = .unary(method)
    case .streaming(let make)?:
      guard Metadata.isReadable(stream.head) else {
        stream.work = .unary(method)
        return end(stream, Status(.internal, "a -bin metadata value is not base64"))
      }
      stream.work = .streaming(method, make(stream))
      producers.add(stream)
      if isShuttingDown { end(stream, RequestLimits.shuttingDown) }
    case nil: break
    }
  }

  func runUnary(_ stream: ServerStream, _ method: Method) {
    guard !stream.machine.isEnded, !mustWait(stream), case .unary(let handler)? = method.handler else { return }
    stream.began = LatencyHistogram.now
    switch nextFrame(stream) {
    case .failed(let status): return endUnreadable(stream, status)
    case .incomplete:
      if let status = stream.machine.receivedEnd(leftOver: stream.received.count) { end(stream, status) }
    case .message(let range):
      guard takeOnlyMessage(range, of: stream) else { return }
      let reply = handler(stream.received.bytes[range], stream)
      forgetReceived(stream)
      answer(stream, method, reply)
    case .compressed(let range):
      guard takeOnlyMessage(range, of: stream) else { return }
      let take = { (streams: ServerStreams, stream: ServerStream, content: ArraySlice<UInt8>) in
        streams.forgetReceived(stream)
        streams.answer(stream, method, handler(content, stream))
      }
      if let content = inflate(range, of: stream, then: take) { take(self, stream, content) }
    }
  }

  /// Takes the message of a complete unary request. Returns whether it is the only one; else the call ends.
  private func takeOnlyMessage(_ range: Range<Int>, of stream: ServerStream) -> Bool {
    let status =
      stream.machine.receivedMessage()
      ?? (range.upperBound == stream.received.bytes.count ? nil : ServerCallMachine.tooManyMessages)
      ?? stream.machine.receivedEnd(leftOver: 0)
      ?? (Metadata.isReadable(stream.head) ? nil : Status(.internal, "a -bin metadata value is not base64"))
    if let status { end(stream, status) }
    return status == nil
  }

  /// The first frame of the bytes that have arrived.
  func nextFrame(_ stream: ServerStream) -> MessageFrame.Next {
    MessageFrame.next(
      in: stream.received.bytes, from: stream.received.start, limit: maxMessageSize, encoding: stream.encoding)
  }

  /// Inflates a received message: a small one at once. nil: the call has ended, or a task inflates the message and calls
  /// `take`.
  private func inflate(
    _ range: Range<Int>, of stream: ServerStream,
    then take: @escaping (ServerStreams, ServerStream, ArraySlice<UInt8>) -> Void
  ) -> ArraySlice<UInt8>? {
    let message = stream.received.bytes[range]
    switch InflatedMessage.ofSmall(message, limit: maxMessageSize) {
    case .content(let content)?: return content
    case .failed(let status)?:
      endUnreadable(stream, status)
      return nil
    case nil: break
    }
    // The message waits as an incomplete request does, and counts against the same limit.
    giveWindow(stream)
    guard !stream.machine.isEnded else { return nil }
    let limit = maxMessageSize
    let hasBegun = start(on: stream, in: core.inflations, { InflatedMessage(message, limit: limit) }) {
      streams, stream, inflated in
      switch inflated {
      case .content(let content): take(streams, stream, content)
      case .failed(let status): streams.endUnreadable(stream, status)
      }
    }
    if !hasBegun {
      core.limits.count(.waitingTasks)
      end(stream, RequestLimits.tooManyTasks)
    }
    return nil
  }

  /// Ends a call whose message is too large, or is no message.
  func endUnreadable(_ stream: ServerStream, _ status: Status) {
    if status.code == .resourceExhausted { core.limits.count(.messageBytes) }
    stream.waitsForRoom = false
    end(stream, status)
  }

  func answer(_ stream: ServerStream, _ method: Method, _ reply: Reply, isLate: Bool = false) {
    switch reply {
    case .slice(let slice):
      // A slice from within an array is a snapshot's.
      if slice.startIndex == 0 { guard hold(slice.count, for: stream) else { return } }
      begin(stream, method, byteCount: slice.count)
      session.send(slice, on: stream)
      session.finish(stream, trailers: stream.trailers(loop.okTrailers))
    case .compressed(let slice): send([slice], on: stream, method, .gzip)
    case .message(let slices):
      guard hold(slices.reduce(0) { $0 + $1.count }, for: stream) else { return }
      send(slices, on: stream, method)
    case .shared(let slices): send(slices, on: stream, method)
    case .failure(let status): end(stream, status)
    case .later where isLate: end(stream, Status(.internal, "a reply that takes time led to another"))
    case .later(let later): start(later, on: stream, method)
    }
  }

  private func send(
    _ slices: [ArraySlice<UInt8>], on stream: ServerStream, _ method: Method, _ encoding: MessageEncoding = .identity
  ) {
    begin(stream, method, byteCount: slices.reduce(0) { $0 + $1.count }, encoding)
    for slice in slices { session.send(slice, on: stream) }
    session.finish(stream, trailers: stream.trailers(loop.okTrailers))
  }

  /// Starts a task that makes the reply and hops back to the event loop once.
  private func start(
    _ later: @escaping @concurrent @Sendable () async -> Reply, on stream: ServerStream, _ method: Method
  ) {
    // A request that waits takes memory as an incomplete request does, and counts against the same limit.
    giveWindow(stream)
    guard !stream.machine.isEnded else { return }
    let hasBegun = start(on: stream, in: core.tasks, later) { streams, stream, reply in
      streams.answer(stream, method, reply, isLate: true)
    }
    if !hasBegun { end(stream, RequestLimits.tooManyTasks) }
  }

  /// Begins the response with fixed headers and the prefix of the message: the last step of the hot path.
  private func begin(
    _ stream: ServerStream, _ method: Method, byteCount: Int, _ encoding: MessageEncoding = .identity
  ) {
    _ = stream.machine.sendMessage()
    _ = stream.machine.end()
    count(stream, method, .ok)
    session.respond(stream, stream.head(loop, encoding))
    session.begin(messageOf: byteCount, isCompressed: encoding == .gzip, on: stream)
  }

  func count(_ stream: ServerStream, _ method: Method, _ code: Status.Code) {
    method.count(code)
    if let began = stream.began { core.callTimes[method.index].add(since: began) }
  }

  // MARK: Piece by piece

  /// Hands request messages to the handler while the answers to earlier messages are on their way.
  func takeMessages(_ stream: ServerStream) {
    // A task that inflates a message goes on here.
    guard case .streaming(_, let handler) = stream.work, stream.task == nil else { return }
    // A loop that stops for want of room runs again when there is some.
    stream.waitsForRoom = true
    while !stream.machine.isEnded && stream.outgoingByteCount < Self.lowWater {
      switch nextFrame(stream) {
      case .failed(let status): return endUnreadable(stream, status)
      case .message(let range):
        guard hand(stream.received.bytes[range], frame: range, on: stream, handler) else { return }
      case .compressed(let range):
        let content = inflate(range, of: stream) { streams, stream, content in
          if streams.hand(content, frame: range, on: stream, handler) { streams.takeMessages(stream) }
        }
        guard let content, hand(content, frame: range, on: stream, handler) else { return }
        // A small message may inflate to many times its size.
        if loop.isTurnOver() { return goOnLater() }
      case .incomplete:
        stream.waitsForRoom = false
        giveWindow(stream)
        guard stream.isRemoteClosed, !stream.machine.isRequestClosed else { return }
        if let status = stream.machine.receivedEnd(leftOver: stream.received.count) { return end(stream, status) }
        handler.halfClosed()
        stream.isReady = true
        return
      }
    }
  }

  /// Hands a message to the handler, and asks it for the answer. Returns whether it takes the next message now.
  private func hand(
    _ message: ArraySlice<UInt8>, frame: Range<Int>, on stream: ServerStream, _ handler: any StreamHandler
  ) -> Bool {
    if let status = stream.machine.receivedMessage() ?? handler.received(message) {
      end(stream, status)
      return false
    }
    take(stream, frame.count + MessageFrame.prefixCount)
    produce(stream, now: .now, takesMessages: false)
    return !stream.isReady
  }

  /// Asks each producer once; the producers that this turn has no time for come first in the next turn.
  func askProducers(now: ContinuousClock.Instant) {
    let round = producers.round()
    for _ in round.indices {
      let stream = round[producers.advance(in: round.count)]
      guard stream.producerIndex >= 0, stream.isReady || stream.waitsForRoom else { continue }
      produce(stream, now: now)
      settleProducers()
      if memory.isFull { return }
      if loop.isTurnOver() { return goOnLater() }
    }
  }

  /// Asks a stream's producer for as much as fits.
  func produce(_ stream: ServerStream, now: ContinuousClock.Instant, takesMessages: Bool = true) {
    memory.settle(stream)
    while stream.isReady && stream.outgoingByteCount < Self.lowWater && !stream.isClosed && !memory.isFull {
      switch stream.work {
      case .streaming(_, let handler):
        guard !stream.machine.isEnded else { return }
        var buffer = MessageBuffer()
        let progress = handler.produce(into: &buffer, now: now)
        send(buffer, on: stream)
        memory.add(buffer.byteCount, for: stream)
        switch progress {
        case .more where buffer.isEmpty: askLater(stream)
        case .more: if loop.isTurnOver() { return goOnLater() }
        case .wait: stream.isReady = false
        case .end(let status): end(stream, status)
        }
      case .body(let source):
        var slices = [ArraySlice<UInt8>]()
        let progress = source.produce(into: &slices, now: now)
        memory.add(slices.reduce(0) { $0 + $1.count }, for: stream)
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
    case .headThenMessage: session.respond(stream, stream.head(loop))
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

  private func goOnLater() {
    connection?.goOnLater()
  }
}
