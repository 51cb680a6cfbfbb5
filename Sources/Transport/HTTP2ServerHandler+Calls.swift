import GRPC
import HTTP
import HTTP2
import Messages
import Metrics
import Synchronization

/// What happens to one stream: gRPC by its machine, everything else to the REST side.
extension HTTP2ServerHandler {
  func receivedHead(_ stream: ServerStream) {
    stream.peerIsLoopback = peerIsLoopback
    switch RequestHead.read(stream.head, core.methods) {
    case .call(let method, let timeout):
      if let timeout {
        stream.deadline = clock.now + timeout
        hasDeadlines = true
      }
      start(stream, method)
    case .status(let status, let method):
      if let method { method.count(status.code) } else { core.unknownMethods.add(1, ordering: .relaxed) }
      session.respond(stream, Headers(stream.trailersOnly(status)), endStream: true)
      stopReading(stream)
    case .http(let status):
      core.responder.answeredItself(status)
      session.respond(stream, Headers(notGRPC(status)), endStream: true)
      stopReading(stream)
    case .other:
      stream.work = .rest
      if stream.head.isTooLarge { respondItself(stream, OpenAIError.headersTooLarge.response) }
    }
  }

  private func start(_ stream: ServerStream, _ method: Method) {
    stream.machine = ServerCallMachine(takesOneMessage: !method.description.clientStreaming)
    switch method.handler {
    case .unary?: stream.work = .unary(method)
    case .streaming(let make)?:
      guard Metadata.isReadable(stream.head) else {
        stream.work = .unary(method)
        return end(stream, Status(.internal, "a -bin metadata value is not base64"))
      }
      stream.work = .streaming(method, make(stream))
      addProducer(stream)
      if isShuttingDown { end(stream, RequestLimits.shuttingDown) }
    case nil: break
    }
  }

  func receivedData(_ stream: ServerStream) {
    switch stream.work {
    case .unary where stream.isRemoteClosed:
      // All of it is here: its end, which comes next, runs the call.
      break
    case .unary:
      // The call runs when the request has ended; until then only its size is watched.
      let queue = stream.received
      switch MessageFrame.next(in: queue.bytes, from: queue.start, limit: core.configuration.maxMessageSize) {
      case .failed(let status): end(stream, status)
      case .message(let range) where range.upperBound < queue.bytes.count:
        end(stream, ServerCallMachine.tooManyMessages)
      case .message, .incomplete: giveWindow(stream)
      }
    case .streaming:
      stream.isReady = true
      takeMessages(stream)
    case .rest:
      if stream.received.count > core.configuration.maxBodySize {
        respondItself(stream, OpenAIError.contentTooLarge(limit: core.configuration.maxBodySize).response)
      } else {
        giveWindow(stream)
      }
    case .body, .none:
      giveWindow(stream)
      forgetReceived(stream)
    }
  }

  func receivedEnd(_ stream: ServerStream) {
    switch stream.work {
    case .unary(let method): runUnary(stream, method)
    case .streaming: takeMessages(stream)
    case .rest: runREST(stream)
    case .body, .none: break
    }
  }

  func closed(_ stream: ServerStream, _ code: ErrorCode) {
    removeProducer(stream)
    // The object will serve another stream, of any connection.
    if !answered.isEmpty { answered.removeAll { $0 === stream } }
    cancelTask(stream)
    givenAhead -= stream.windowGiven
    stream.windowGiven = 0
    switch stream.work {
    case .streaming(let method, let handler):
      if !stream.machine.isEnded { method.count(.cancelled) }
      handler.closed()
    case .unary(let method):
      if !stream.machine.isEnded { count(stream, method, .cancelled) }
    case .body(let source): source.closed()
    case .rest, .none: break
    }
    stream.work = .none
  }

  // MARK: Unary

  private func runUnary(_ stream: ServerStream, _ method: Method) {
    guard !stream.machine.isEnded, case .unary(let handler)? = method.handler else { return }
    stream.began = LatencyHistogram.now
    let queue = stream.received
    switch MessageFrame.next(in: queue.bytes, from: queue.start, limit: core.configuration.maxMessageSize) {
    case .failed(let status): return end(stream, status)
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
      answer(stream, method, handler(queue.bytes[range], stream))
    }
  }

  func answer(_ stream: ServerStream, _ method: Method, _ reply: Reply, isLate: Bool = false) {
    switch reply {
    case .slice(let slice):
      begin(stream, method, byteCount: slice.count)
      session.send(slice, on: stream)
      session.finish(stream, trailers: stream.trailers(loop.okTrailers))
    case .message(let slices):
      begin(stream, method, byteCount: slices.reduce(0) { $0 + $1.count })
      for slice in slices { session.send(slice, on: stream) }
      session.finish(stream, trailers: stream.trailers(loop.okTrailers))
    case .failure(let status): end(stream, status)
    case .later where isLate: end(stream, Status(.internal, "a reply that takes time led to another"))
    case .later(let later): start(later, on: stream, method)
    }
  }

  /// The hot path's last step: fixed headers and the prefix of the message.
  private func begin(_ stream: ServerStream, _ method: Method, byteCount: Int) {
    _ = stream.machine.sendMessage()
    _ = stream.machine.end()
    count(stream, method, .ok)
    session.respond(stream, stream.head(loop.grpcHead))
    session.begin(messageOf: byteCount, on: stream)
  }

  // MARK: Streaming

  /// Hands over request messages while the answers to those before are on their way.
  func takeMessages(_ stream: ServerStream) {
    guard case .streaming(_, let handler) = stream.work else { return }
    // Whatever leaves the loop for want of room comes back when there is some.
    stream.waitsForRoom = true
    while !stream.machine.isEnded && stream.outgoingByteCount < Self.lowWater {
      let queue = stream.received
      switch MessageFrame.next(in: queue.bytes, from: queue.start, limit: core.configuration.maxMessageSize) {
      case .failed(let status):
        stream.waitsForRoom = false
        return end(stream, status)
      case .message(let range):
        if let status = stream.machine.receivedMessage() ?? handler.received(queue.bytes[range]) {
          return end(stream, status)
        }
        take(stream, range.count + MessageFrame.prefixCount)
        produce(stream, now: clock.now, takesMessages: false)
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

  // MARK: Ends

  /// Ends a stream that would go on. A finite REST answer comes to its end: cut short, it would be taken for whole.
  func endForShutdown(_ stream: ServerStream) {
    if case .body(let source) = stream.work, !source.isEndless { return }
    end(stream, RequestLimits.shuttingDown)
  }

  /// Ends a call with a status, or a streamed REST answer.
  func end(_ stream: ServerStream, _ status: Status) {
    stream.isReady = false
    stream.deadline = nil
    cancelTask(stream)
    let method: Method
    switch stream.work {
    case .unary(let m), .streaming(let m, _): method = m
    case .body:
      if status.code == .resourceExhausted { return session.reset(stream, .enhanceYourCalm) }
      return session.finish(stream)
    case .rest, .none: return
    }
    switch stream.machine.end() {
    case .nothing: return
    case .trailersOnly:
      session.respond(stream, Headers(stream.trailersOnly(status)), endStream: true)
      stopReading(stream)
    case .trailers:
      // Trailers wait behind the body, and a peer that takes none of it would never see them.
      if stream.outgoingByteCount > 0 && status.code == .deadlineExceeded {
        session.reset(stream, .cancel)
      } else if stream.outgoingByteCount > 0 && status.code == .resourceExhausted {
        session.reset(stream, .enhanceYourCalm)
      } else {
        session.finish(stream, trailers: Headers(status.fields(stream.trailingMetadata)))
        stopReading(stream)
      }
    }
    count(stream, method, status.code)
  }

  private func count(_ stream: ServerStream, _ method: Method, _ code: Status.Code) {
    method.count(code)
    if let began = stream.began { core.callTimes[method.index].add(since: began) }
  }

  /// The answer is complete and what the client still sends is of no use (RFC 9113 section 8.1): the stream is reset
  /// once the answer is sent. (nghttp2 would drop an answer that waits behind a reset.)
  func stopReading(_ stream: ServerStream) {
    if !stream.isRemoteClosed { answered.append(stream) }
  }

  /// After everything that can go now was sent. Returns whether there is more to send.
  func resetAnswered() -> Bool {
    guard !answered.isEmpty else { return false }
    let done = answered.filter { $0.outgoingByteCount == 0 }
    answered.removeAll { $0.outgoingByteCount == 0 }
    for stream in done where !stream.isRemoteClosed { session.reset(stream, .noError) }
    return !done.isEmpty
  }

  private func notGRPC(_ status: Int) -> [(name: String, value: String)] {
    switch status {
    case 405:
      [
        (":status", "405"), ("allow", "POST"), ("content-length", "0"), ("grpc-status", "13"),
        ("grpc-message", "a gRPC request is a POST"),
      ]
    default:
      [
        (":status", "\(status)"), ("content-length", "0"), ("grpc-status", "13"),
        ("grpc-message", "the content-type of a gRPC request begins with application/grpc"),
      ]
    }
  }

  // MARK: Windows

  /// Gives back the window of a message that is not whole yet, and of what was taken: its size is limited elsewhere.
  func giveWindow(_ stream: ServerStream) {
    let arrived = stream.received.count - stream.windowGiven
    guard arrived > 0 else { return }
    session.consumed(arrived, on: stream)
    stream.windowGiven = stream.received.count
    givenAhead += arrived
    guard givenAhead > core.configuration.maxUnfinishedBytes else { return }
    if case .rest = stream.work {
      respondItself(stream, OpenAIError.overloaded("Too many unfinished requests on one connection.").response)
    } else {
      end(stream, RequestLimits.tooMuchUnfinished)
    }
    forgetReceived(stream)
  }

  /// Bytes that came and that nobody will take.
  func forgetReceived(_ stream: ServerStream) {
    givenAhead -= stream.windowGiven
    stream.windowGiven = 0
    stream.received.removeAll()
  }

  private func take(_ stream: ServerStream, _ count: Int) {
    stream.received.drop(count)
    let given = min(stream.windowGiven, count)
    stream.windowGiven -= given
    givenAhead -= given
    session.consumed(count - given, on: stream)
  }
}
