import GRPC
import HTTP
import HTTP2
import Messages
import Metrics
import Synchronization

/// The requests of one HTTP/2 connection: the kind of each stream, its answer and its end.
///
/// The owner feeds this object the session's events and drains the session afterwards. Both live on one event loop.
final class ServerStreams {
  /// The connection asks a stream's producer for more once fewer bytes than this wait to be sent.
  static let lowWater = 65_536
  /// A smaller window of a stream counts as shut, in bytes.
  private static let leastWindow = 1_024

  let core: ServerCore
  let loop: LoopState
  let session: Session
  private let admission: Admission
  private let connectionID: UInt64
  var peer: Peer { admission.peer }
  /// The largest gRPC request message, in bytes.
  let maxMessageSize: Int
  /// The largest REST request body, in bytes.
  let maxBodySize: Int
  let maxReplySize: Int
  private let rates: ConnectionLimits
  /// The connection that the streams belong to, from its start to its end; nil before and after.
  ///
  /// A weak reference would make every retain of the connection slower; the connection breaks the cycle at its end.
  var connection: HTTP2ServerHandler?
  /// The streams that are answered piece by piece.
  var producers = ProducerList()
  private var answered = AnsweredStreams()
  private var unfinished: UnfinishedBytes
  var memory: StreamMemory
  /// Whether an open call has a deadline, or a call had one before.
  private(set) var hasDeadlines = false
  /// The earliest of them, or an earlier moment: a call that ends leaves it as it is.
  private var nextDeadline = ContinuousClock.now
  private(set) var isShuttingDown = false

  init(core: ServerCore, loop: LoopState, session: Session, admission: Admission) {
    self.core = core
    self.loop = loop
    self.session = session
    self.admission = admission
    memory = StreamMemory(limit: core.configuration.limits[.unsentBytes], budget: core.memory)
    rates = core.configuration.http2LifeLimits(.usual)
    maxReplySize = core.configuration.limits[.replyBytes]
    connectionID = core.nextConnectionID()
    maxMessageSize = core.configuration.limits[.messageBytes]
    maxBodySize = core.configuration.limits[.bodyBytes]
    unfinished = UnfinishedBytes(limit: core.configuration.limits[.unfinishedBytes])
  }

  // MARK: Events

  func receivedHead(_ stream: ServerStream) {
    stream.peer = admission.peer
    stream.connectionID = connectionID
    if stream.head.isTooLarge { countTooLarge(stream) }
    if unfinished.hold(headOf: stream) { return refuseForUnfinished(stream) }
    guard admission.allows(stream) else { return refuseUnreserved(stream) }
    switch RequestHead.read(stream.head, core.methods) {
    case .call(let method, let timeout, let encoding):
      stream.encoding = encoding
      if let timeout {
        let deadline = ContinuousClock.now + timeout
        stream.deadline = deadline
        nextDeadline = hasDeadlines ? min(nextDeadline, deadline) : deadline
        hasDeadlines = true
      }
      start(stream, method)
    case .status(let status, let method):
      if let method { method.count(status.code) } else { core.unknownMethods.add(1, ordering: .relaxed) }
      session.respond(stream, Headers(stream.trailersOnly(status)), endStream: true)
      stopReading(stream)
    case .http(let status):
      core.responder.countTransportResponse(status)
      session.respond(stream, Headers(ServerStream.notGRPC(status)), endStream: true)
      stopReading(stream)
    case .other:
      stream.work = .rest
      if stream.head.isTooLarge { refuse(stream, .headersTooLarge) }
    }
  }

  func receivedData(_ stream: ServerStream) {
    switch stream.work {
    case .unary where stream.isRemoteClosed:
      // The whole request has arrived: its end, which comes next, runs the call.
      break
    case .unary:
      // The call runs when the request has ended; until then the server only checks its size.
      switch nextFrame(stream) {
      case .failed(let status): endUnreadable(stream, status)
      case .message(let range) where range.upperBound < stream.received.bytes.count,
        .compressed(let range) where range.upperBound < stream.received.bytes.count:
        end(stream, ServerCallMachine.tooManyMessages)
      case .message, .compressed, .incomplete: giveWindow(stream)
      }
    case .streaming:
      stream.isReady = true
      takeMessages(stream)
    case .rest:
      if stream.received.count > maxBodySize {
        refuse(stream, .contentTooLarge(limit: maxBodySize))
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
    // nghttp2 has reset a stream whose head goes on far beyond the limit.
    if stream.head.isTooLarge, !stream.hasHead { countTooLarge(stream) }
    producers.remove(stream)
    // Another stream, of any connection, will use the object.
    answered.remove(stream)
    cancelTask(stream)
    unfinished.closed(stream)
    memory.closed(stream)
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

  /// Closes all streams of a lost connection.
  func closedAll() {
    for case let stream as ServerStream in session.open { closed(stream, .cancel) }
    producers.removeAll()
  }

  // MARK: Ends

  /// Ends the endless streams; a stream that opens from now on ends with the same status.
  func shutDown() {
    isShuttingDown = true
    for stream in producers.round() { endForShutdown(stream) }
  }

  /// Ends an endless stream. A finite REST answer goes on to its end: the client would take a cut answer for complete.
  func endForShutdown(_ stream: ServerStream) {
    if case .body(let source) = stream.work, !source.isEndless { return }
    end(stream, RequestLimits.shuttingDown)
  }

  /// Ends a call with a status, or ends a streamed REST answer.
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
      // Trailers wait behind the body, and a peer that reads none of the body would never get them.
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

  /// Stops reading a request whose answer is complete: the server does not need the rest.
  func stopReading(_ stream: ServerStream) {
    if !stream.isRemoteClosed { answered.add(stream) }
  }

  /// Resets the answered streams, after everything that can be sent now is sent. Returns whether there is more to send.
  func resetAnswered() -> Bool {
    let sent = answered.takeSent()
    for stream in sent where !stream.isRemoteClosed { session.reset(stream, .noError) }
    return !sent.isEmpty
  }

  // MARK: Memory

  /// The bytes that the connection's requests and answers hold.
  var heldBytes: Int { min(memory.held, session.unsentBytes) + unfinished.count }

  /// Whether bytes of an answer wait.
  var hasOutput: Bool { session.open.contains { $0.outgoingByteCount > 0 } }

  // MARK: Time

  /// The earliest deadline of the open calls, or an earlier moment; nil when no call has a deadline.
  var earliestDeadline: ContinuousClock.Instant? { hasDeadlines ? nextDeadline : nil }

  /// Ends the calls whose deadline has passed. Returns whether there was such a call.
  func endOverdue(now: ContinuousClock.Instant) -> Bool {
    guard hasDeadlines, nextDeadline <= now else { return false }
    var isAny = false
    var next: ContinuousClock.Instant?
    for case let stream as ServerStream in session.open {
      guard let deadline = stream.deadline else { continue }
      if deadline <= now {
        stream.deadline = nil
        end(stream, RequestLimits.deadlineExceeded)
        isAny = true
      } else {
        next = next.map { min($0, deadline) } ?? deadline
      }
    }
    hasDeadlines = next != nil
    if let next { nextDeadline = next }
    return isAny
  }

  /// Ends the streams whose client takes the answer, or sends the request, too slowly. Complete answers count, too:
  /// their windows may stay shut. Returns whether there was one.
  func endSlow(canWrite: Bool, now: Int) -> Bool {
    var isAny = false
    for case let stream as ServerStream in session.open {
      stream.hasRates = true
      // Only a window that the client keeps shut is its fault: streams share what the connection carries.
      // While the connection itself carries nothing, its own rate is judged, and the streams' windows go on.
      let holdsBack =
        (stream.outgoingByteCount > 0 || stream.isFinishing) && session.window(of: stream) < Self.leastWindow
      if canWrite, stream.output.isTooSlow(rates.read, count: stream.sentBytes, isWaiting: holdsBack, now: now) {
        core.limits.count(.stallTime)
        end(stream, RequestLimits.stalled)
        session.reset(stream, .enhanceYourCalm)
        isAny = true
      } else if stream.input.isTooSlow(
        rates.body, count: stream.receivedBytes, isWaiting: stream.isRequestPartial, now: now)
      {
        core.limits.count(.bodyTime)
        if case .rest = stream.work { refuse(stream, .tooSlow) } else { end(stream, RequestLimits.tooSlow) }
        isAny = true
      }
    }
    return isAny
  }

  // MARK: Windows

  func giveWindow(_ stream: ServerStream) {
    if unfinished.giveWindow(of: stream, session) { refuseForUnfinished(stream) }
  }

  private func refuseForUnfinished(_ stream: ServerStream) {
    core.limits.count(.unfinishedBytes)
    if case .none = stream.work {
      session.reset(stream, .enhanceYourCalm)
    } else if case .rest = stream.work {
      refuse(stream, .overloaded("Too many unfinished requests on one connection."))
    } else {
      end(stream, RequestLimits.tooMuchUnfinished)
    }
    unfinished.forget(stream)
  }

  func forgetReceived(_ stream: ServerStream) {
    unfinished.forget(stream)
  }

  func take(_ stream: ServerStream, _ count: Int) {
    unfinished.take(count, of: stream, session)
  }
}
