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
    let queue = stream.received
    switch MessageFrame.next(in: queue.bytes, from: queue.start, limit: maxMessageSize) {
    case .failed(let status): return endUnreadable(stream, status)
    case .incomplete:
      if let status = stream.machine.receivedEnd(leftOver: queue.count) { end(stream, status) }
    case .message(let range):
      let status =
        stream.machine.receivedMessage()
        ?? (range.upperBound == queue.bytes.count ? nil : ServerCallMachine.tooManyMessages)
        ?? stream.machine.receivedEnd(leftOver: 0)
      if let status { return end(stream, status) }
      guard Metadata.isReadable(stream.head) else {
        return end(stream, Status(.internal, "a -bin metadata value is not base64"))
      }
      let reply = handler(queue.bytes[range], stream)
      forgetReceived(stream)
      answer(stream, method, reply)
    }
  }

  /// Ends a call whose message is too large, or is no message.
  func endUnreadable(_ stream: ServerStream, _ status: Status) {
    if status.code == .resourceExhausted { core.limits.count(.messageBytes) }
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
    case .message(let slices):
      guard hold(slices.reduce(0) { $0 + $1.count }, for: stream) else { return }
      send(slices, on: stream, method)
    case .shared(let slices): send(slices, on: stream, method)
    case .failure(let status): end(stream, status)
    case .later where isLate: end(stream, Status(.internal, "a reply that takes time led to another"))
    case .later(let later): start(later, on: stream, method)
    }
  }

  private func send(_ slices: [ArraySlice<UInt8>], on stream: ServerStream, _ method: Method) {
    begin(stream, method, byteCount: slices.reduce(0) { $0 + $1.count })
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
    let eventLoop = loop.eventLoop
    let bound = NIOLoopBound((streams: self, stream: stream, method: method), eventLoop: eventLoop)
    stream.task = core.tasks.start(for: peer.id) {
      let reply = await later()
      return { ticket in
        eventLoop.execute {
          let (streams, stream, method) = bound.value
          guard stream.isDue(ticket) else { return }
          streams.answer(stream, method, reply, isLate: true)
          streams.connection?.pump()
        }
      }
    }
    if stream.task == nil { end(stream, RequestLimits.tooManyTasks) }
  }

  /// Begins the response with fixed headers and the prefix of the message: the last step of the hot path.
  private func begin(_ stream: ServerStream, _ method: Method, byteCount: Int) {
    _ = stream.machine.sendMessage()
    _ = stream.machine.end()
    count(stream, method, .ok)
    session.respond(stream, stream.head(loop.grpcHead))
    session.begin(messageOf: byteCount, on: stream)
  }

  func count(_ stream: ServerStream, _ method: Method, _ code: Status.Code) {
    method.count(code)
    if let began = stream.began { core.callTimes[method.index].add(since: began) }
  }

  // MARK: Memory

  /// Counts an answer that nothing shares. Ends the call and returns false when it is too large.
  func hold(_ count: Int, for stream: ServerStream) -> Bool {
    guard count <= maxReplySize else {
      core.limits.count(.replyBytes)
      end(stream, RequestLimits.replyTooLarge)
      return false
    }
    memory.hold(count, for: stream)
    return true
  }

  /// Answers the requests that waited for room. Returns whether there was one.
  func runWaiting() -> Bool {
    var isAny = false
    while !loop.isTurnOver(), let stream = memory.next() {
      isAny = true
      switch stream.work {
      case .unary(let method): runUnary(stream, method)
      case .rest: runREST(stream)
      case .streaming, .body, .none: break
      }
    }
    return isAny
  }

  // MARK: Piece by piece

  /// Hands request messages to the handler while the answers to earlier messages are on their way.
  func takeMessages(_ stream: ServerStream) {
    guard case .streaming(_, let handler) = stream.work else { return }
    // A loop that stops for want of room runs again when there is some.
    stream.waitsForRoom = true
    while !stream.machine.isEnded && stream.outgoingByteCount < Self.lowWater {
      let queue = stream.received
      switch MessageFrame.next(in: queue.bytes, from: queue.start, limit: maxMessageSize) {
      case .failed(let status):
        stream.waitsForRoom = false
        return endUnreadable(stream, status)
      case .message(let range):
        if let status = stream.machine.receivedMessage() ?? handler.received(queue.bytes[range]) {
          return end(stream, status)
        }
        take(stream, range.count + MessageFrame.prefixCount)
        produce(stream, now: .now, takesMessages: false)
        if stream.isReady { return }
      case .incomplete:
        stream.waitsForRoom = false
        giveWindow(stream)
        guard stream.isRemoteClosed, !stream.machine.isRequestClosed else { return }
        if let status = stream.machine.receivedEnd(leftOver: queue.count) { return end(stream, status) }
        handler.halfClosed()
        stream.isReady = true
        return
      }
    }
  }

  /// Whether a producer has more to give, and room for it.
  var hasMore: Bool {
    guard producers.hasMore else { return false }
    settleProducers()
    return !memory.isFull
  }

  /// Counts no longer what the producers' streams have sent, where that matters.
  private func settleProducers() {
    guard memory.isFull || !memory.hasRoom, memory.held > session.unsentBytes else { return }
    for stream in producers.all { memory.settle(stream) }
  }

  /// Whether a request has to wait for room. Its bytes count meanwhile.
  func mustWait(_ stream: ServerStream) -> Bool {
    guard memory.held > 0 else { return false }
    settleProducers()
    let isNew = !stream.isWaitingForMemory
    guard memory.mustWait(stream) else { return false }
    if isNew { core.limits.count(memory.isOverOwnLimit ? .unsentBytes : .memory) }
    giveWindow(stream)
    return true
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

  private func goOnLater() {
    connection?.goOnLater()
  }

  // MARK: The end of the connection

  /// The client has ended its side of the connection: requests that are not whole, endless answers, and answers beyond the
  /// windows that it can no longer open will never be complete.
  func inputEnded() {
    for case let stream as ServerStream in session.open {
      let isEndless =
        switch stream.work {
        case .streaming: true
        case .body(let source): source.isEndless
        case .unary, .rest, .none: false
        }
      let room = min(session.window(of: stream), session.connectionWindow)
      if isEndless || !stream.isRemoteClosed || stream.outgoingByteCount > room { session.reset(stream, .cancel) }
    }
  }

  /// Ends every open stream: the time of the connection is over.
  func cut() {
    for case let stream as ServerStream in session.open {
      if case .rest = stream.work {
        cancelTask(stream)
        refuse(stream, RequestLimits.tooOldProblem)
      } else {
        end(stream, RequestLimits.tooOld)
      }
      // A status waits behind unsent bytes and behind a shut window; nghttp2 would drop one that a reset follows.
      if stream.outgoingByteCount > 0 || session.window(of: stream) <= 0 { session.reset(stream, .cancel) }
    }
  }
}
