import GRPC
import HTTP
import HTTP2
import Logging
import NIOCore

/// One HTTP/2 connection of the server: feeds the session once per read, answers, and drains it once per read cycle.
///
/// Everything happens on the event loop that read the request: no task, no hop, no channel per stream.
final class HTTP2ServerHandler: ChannelDuplexHandler, ServerConnection {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Outgoing bytes below which a stream's producer is asked for more.
  static let lowWater = 65_536

  let core: ServerCore
  let loop: LoopState
  let session: Session
  let peerIsLoopback: Bool
  private var context: ChannelHandlerContext?
  /// Streams that are answered piece by piece.
  private(set) var producers: [ServerStream] = []
  /// Where in `producers` the next turn begins.
  var nextProducer = 0
  /// The loop was told to ask this connection again in a later turn.
  private var isAskedLater = false
  /// Answered streams on which the client still sends.
  var answered: [ServerStream] = []
  /// Events that are handled, up to the next one; used by turns with the session's.
  private var events: [Event] = []
  private var nextEvent = 0
  /// What was read and has to wait for its turn; where that is much, the connection is not read from meanwhile.
  private var unread = ByteBuffer()
  private var holdsRead = false
  private var isPumping = false
  private(set) var isShuttingDown = false
  /// The last word of a shutdown is said.
  private var refusesStreams = false
  private var deadlineTimer: Scheduled<Void>?
  private var timerDeadline: ContinuousClock.Instant?
  /// Bytes of windows that were given back before their messages were whole.
  var givenAhead = 0
  private var closingSince: ContinuousClock.Instant?
  /// All is written and said to be; the peer's end is waited for.
  private var isLingering = false
  private var unwritableSince: ContinuousClock.Instant?
  let clock = ContinuousClock()

  init(core: ServerCore, loop: LoopState, peerIsLoopback: Bool) {
    self.core = core
    self.loop = loop
    self.peerIsLoopback = peerIsLoopback
    session = Session(role: .server, settings: core.configuration.http2, pool: loop.streams)
  }

  // MARK: Channel

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    loop.add(self)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    loop.remove(self)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard closingSince == nil else { return }
    var bytes = unwrapInboundIn(data)
    guard !isBehind, !loop.isTurnOver() else {
      if unread.readableBytes == 0 { unread = bytes } else { unread.writeBuffer(&bytes) }
      return goOnLater()
    }
    receive(bytes)
  }

  private func receive(_ bytes: ByteBuffer) {
    do {
      try session.receive(bytes.readableBytesUInt8Span)
      handleEvents()
    } catch {
      core.logger.debug("connection ended", metadata: ["error": "\(error)"])
      handleEvents(all: true)
      pump()
      closeAfterWrites()
    }
  }

  /// Some of what was read waits for its turn.
  private var isBehind: Bool { nextEvent < events.count || unread.readableBytes > 0 }

  func read(context: ChannelHandlerContext) {
    if unread.readableBytes >= Self.lowWater { holdsRead = true } else { context.read() }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    pump()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { pump() }
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadlineTimer?.cancel()
    // What nobody is there for any more: a stream that it opened now would never be closed.
    unread.clear()
    // Streams that closed while their last frames were sent.
    handleEvents(all: true)
    for case let stream as ServerStream in session.open {
      closed(stream, .cancel)
    }
    producers.removeAll()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    core.logger.debug("connection failed", metadata: ["error": "\(error)"])
    context.close(promise: nil)
  }

  // MARK: ServerConnection

  func goOn() {
    isAskedLater = false
    guard let context, context.channel.isActive else { return }
    for stream in producers where stream.isAskedLater {
      stream.isAskedLater = false
      stream.isReady = true
    }
    catchUp()
    pump()
  }

  /// Handles what had to wait, then reads on.
  private func catchUp() {
    handleEvents()
    if nextEvent == events.count, unread.readableBytes > 0 {
      let bytes = unread
      unread = ByteBuffer()
      receive(bytes)
    }
    guard holdsRead, unread.readableBytes == 0 else { return }
    holdsRead = false
    context?.read()
  }

  func wake() {
    guard !producers.isEmpty else { return }
    for stream in producers { stream.isReady = true }
    pump()
  }

  func tick(now: ContinuousClock.Instant) {
    // Whole answers count, too: their peer's window may stay shut.
    for case let stream as ServerStream in session.open where isStalled(stream, now: now) {
      end(stream, RequestLimits.stalled)
      session.reset(stream, .enhanceYourCalm)
    }
    if let since = closingSince, now - since > (isLingering ? core.configuration.lingerTimeout : .seconds(10)) {
      return abort()
    }
    if let since = unwritableSince, now - since > core.configuration.stallTimeout {
      core.logger.info("connection closed: its peer reads nothing")
      abort()
      return
    }
    wake()
  }

  func shutDown() {
    guard !isShuttingDown else { return }
    isShuttingDown = true
    session.announceShutdown()
    for stream in producers { endForShutdown(stream) }
    pump()
    // The client may have streams under way that were sent before it heard; a moment later the door is closed.
    let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
    loop.eventLoop.scheduleTask(in: .milliseconds(100)) {
      bound.value.session.goAway(.noError)
      bound.value.refusesStreams = true
      bound.value.pump()
    }
  }

  func abort() {
    if let context, context.channel.isActive, !isPumping, !isLingering, resetBodies() {
      loop.output.clear()
      try? loop.output.writeWithOutputRawSpan(minimumWritableBytes: LoopState.outputSize) {
        span throws(SessionError) in
        _ = try session.fill(&span)
      }
      context.writeAndFlush(wrapOutboundOut(loop.output), promise: nil)
    }
    context?.close(promise: nil)
  }

  /// Tells clients that a streamed answer is not whole. Returns whether there was one.
  private func resetBodies() -> Bool {
    var isAny = false
    for case let stream as ServerStream in session.open {
      guard case .body = stream.work else { continue }
      removeProducer(stream)
      session.reset(stream, .cancel)
      isAny = true
    }
    return isAny
  }

  // MARK: Streams

  func addProducer(_ stream: ServerStream) {
    stream.producerIndex = producers.count
    stream.isReady = true
    producers.append(stream)
  }

  func removeProducer(_ stream: ServerStream) {
    guard stream.producerIndex >= 0 else { return }
    let last = producers.removeLast()
    if last !== stream {
      producers[stream.producerIndex] = last
      last.producerIndex = stream.producerIndex
    }
    stream.producerIndex = -1
  }

  /// Handles what happened, in turns unless it has to be `all` at once.
  private func handleEvents(all: Bool = false) {
    while true {
      if nextEvent == events.count {
        events.removeAll(keepingCapacity: true)
        nextEvent = 0
        guard !session.events.isEmpty else { return }
        swap(&events, &session.events)
      }
      let event = events[nextEvent]
      nextEvent += 1
      switch event {
      case .head(let stream): if let stream = stream as? ServerStream { receivedHead(stream) }
      case .data(let stream): if let stream = stream as? ServerStream { receivedData(stream) }
      case .end(let stream):
        if let stream = stream as? ServerStream { receivedEnd(stream) }
        if !all, loop.isTurnOver() { return goOnLater() }
      case .closed(let stream, let code):
        // The last that is heard of a stream; its object is free for another from here on.
        if let stream = stream as? ServerStream { closed(stream, code) }
        session.recycle(stream)
      case .goAway: break
      }
    }
  }

  private func isStalled(_ stream: ServerStream, now: ContinuousClock.Instant) -> Bool {
    let outgoing = stream.outgoingByteCount
    if outgoing == 0 || outgoing != stream.lastOutgoing || stream.lastProgress == nil {
      stream.lastProgress = now
      stream.lastOutgoing = outgoing
      return false
    }
    return now - stream.lastProgress! > core.configuration.stallTimeout
  }

  // MARK: Sending

  /// Asks the producers, drains the session into the loop's buffer and writes it, until nothing more can go now or the
  /// loop's turn is over.
  func pump() {
    guard !isPumping, !isLingering, let context, context.channel.isActive else { return }
    guard !loop.isTurnOver() else { return goOnLater() }
    isPumping = true
    while context.channel.isWritable {
      if !producers.isEmpty { askProducers(now: clock.now) }
      loop.output.clear()
      var fill = Session.Fill.drained
      do {
        try loop.output.writeWithOutputRawSpan(minimumWritableBytes: LoopState.outputSize) {
          span throws(SessionError) in
          fill = try session.fill(&span)
        }
      } catch {
        core.logger.debug("connection ended", metadata: ["error": "\(error)"])
        context.close(promise: nil)
        break
      }
      guard loop.output.readableBytes > 0 else {
        if resetAnswered() { continue }
        break
      }
      context.writeAndFlush(wrapOutboundOut(loop.output), promise: nil)
      guard context.channel.isActive else { break }
      // Frames that were sent may have closed streams.
      if !session.events.isEmpty { handleEvents() }
      if fill == .drained && !hasMoreToProduce && !resetAnswered() { break }
      if loop.isTurnOver() {
        goOnLater()
        break
      }
    }
    isPumping = false
    guard context.channel.isActive else { return }
    if !session.events.isEmpty { handleEvents() }
    unwritableSince = context.channel.isWritable ? nil : (unwritableSince ?? clock.now)
    scheduleDeadline()
    if session.isFinished || (refusesStreams && session.open.isEmpty && !session.wantsWrite) {
      closeAfterWrites()
    }
  }

  /// The rest waits for a later turn of the event loop.
  func goOnLater() {
    guard !isAskedLater else { return }
    isAskedLater = true
    loop.later(self)
  }

  private var hasMoreToProduce: Bool {
    producers.contains { ($0.isReady || $0.waitsForRoom) && $0.outgoingByteCount < Self.lowWater }
  }

  /// Closes behind what is already written, then waits for the peer's end: with bytes of the peer unread, a close would
  /// reset the connection and take from it what it has not received yet (RFC 9112 section 9.6, of TCP in general).
  /// A tick closes anyway when that takes too long.
  private func closeAfterWrites() {
    guard closingSince == nil, let context else { return }
    closingSince = clock.now
    unread.clear()
    let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
    context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in bound.value.endOutput() }
  }

  private func endOutput() {
    guard let context, context.channel.isActive else { return }
    closingSince = clock.now
    isLingering = true
    context.close(mode: .output, promise: nil)
    if holdsRead {
      holdsRead = false
      context.read()
    }
  }

  // MARK: Deadlines

  /// One timer per connection, for the earliest deadline of the calls that are still open.
  private func scheduleDeadline() {
    var earliest: ContinuousClock.Instant?
    guard hasDeadlines else { return }
    for case let stream as ServerStream in session.open {
      guard let deadline = stream.deadline else { continue }
      if earliest == nil || deadline < earliest! { earliest = deadline }
    }
    guard let earliest else {
      hasDeadlines = false
      return
    }
    guard earliest != timerDeadline else { return }
    deadlineTimer?.cancel()
    timerDeadline = earliest
    let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
    let delay = max(earliest - clock.now, .zero)
    deadlineTimer = loop.eventLoop.scheduleTask(in: TimeAmount(delay)) { bound.value.deadlinePassed() }
  }

  /// Some open call has, or had, a deadline.
  var hasDeadlines = false

  private func deadlinePassed() {
    timerDeadline = nil
    let now = clock.now
    for case let stream as ServerStream in session.open {
      if let deadline = stream.deadline, deadline <= now {
        stream.deadline = nil
        end(stream, RequestLimits.deadlineExceeded)
      }
    }
    pump()
  }
}

/// How the transport itself ends calls.
enum RequestLimits {
  static let deadlineExceeded = Status(.deadlineExceeded, "the deadline of the call has passed")
  static let shuttingDown = Status(.unavailable, "the server is shutting down: connect again")
  static let tooMuchUnfinished = Status(
    .resourceExhausted, "too many unfinished requests on one connection: end some first")
  static let tooManyTasks = Status(.resourceExhausted, "too many requests that take time are waiting: try again later")
  static var tooManyTasksResponse: Response {
    OpenAIError.overloaded("Too many requests that take time are waiting.").response
  }
  static let stalled = Status(.resourceExhausted, "nothing was read from this stream for too long")
}
