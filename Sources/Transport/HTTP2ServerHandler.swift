import HTTP
import HTTP2
import Logging
import NIOCore

/// One HTTP/2 connection of the server. It feeds the session once per read, lets its streams answer, and drains the
/// session once per read cycle.
///
/// All work runs on the event loop that read the request, without a task, a hop or a channel per stream.
final class HTTP2ServerHandler: ChannelDuplexHandler, ServerConnection {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let core: ServerCore
  private let loop: LoopState
  private let session: Session
  private let streams: ServerStreams
  private var life: ConnectionLife
  private var timer = DeadlineTimer()
  private var backlog = InputBacklog()
  private var context: ChannelHandlerContext?
  private var isPumping = false
  /// Whether the event loop asks this connection again in a later turn.
  private var isAskedLater = false

  /// - Parameter life: the life of a connection whose protocol is known.
  init(core: ServerCore, loop: LoopState, peerIsLoopback: Bool, life: ConnectionLife) {
    self.core = core
    self.loop = loop
    self.life = life
    session = Session(role: .server, settings: core.configuration.http2, pool: loop.streams)
    streams = ServerStreams(core: core, loop: loop, session: session, peerIsLoopback: peerIsLoopback)
  }

  // MARK: Channel

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    streams.connection = self
    loop.add(self)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    streams.connection = nil
    loop.remove(self)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !life.hasEndedOutput else { return }
    let bytes = unwrapInboundIn(data)
    guard backlog.isEmpty, !loop.isTurnOver() else {
      backlog.keep(bytes)
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
      act(on: life.finished(now: .now))
    }
  }

  func read(context: ChannelHandlerContext) {
    if backlog.allowsRead() { context.read() }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    pump()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    guard context.channel.isWritable else { return }
    life.outputUnblocked()
    pump()
  }

  func channelInactive(context: ChannelHandlerContext) {
    life.closed()
    timer.cancel()
    // These bytes could open a stream that nothing would close.
    backlog.dropUnread()
    // Some streams have closed while their last frames were sent.
    handleEvents(all: true)
    streams.closedAll()
    streams.connection = nil
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
    streams.producers.wakeAskedLater()
    catchUp()
    pump()
  }

  /// Handles the events and bytes that had to wait, then reads on.
  private func catchUp() {
    handleEvents()
    if !backlog.hasEvents, let bytes = backlog.takeUnread() { receive(bytes) }
    if backlog.releaseRead() { context?.read() }
  }

  func wake() {
    guard !streams.producers.isEmpty else { return }
    streams.producers.wake()
    pump()
  }

  func tick(now: ContinuousClock.Instant) {
    streams.endStalled(now: now)
    wake()
  }

  func shutDown() {
    act(on: life.shutDown(now: .now))
  }

  func abort() {
    close(resetsBodies: life.canWrite)
  }

  // MARK: Life

  private func act(on action: ConnectionLife.Action?) {
    switch action {
    case .announce:
      session.announceShutdown()
      streams.shutDown()
      pump()
    case .refuse:
      session.goAway(.noError)
      pump()
    case .endOutput: endOutput()
    case .closeOutput:
      context?.close(mode: .output, promise: nil)
      if backlog.releaseRead() { context?.read() }
    case .close(let reason):
      if reason == .stalled { core.logger.info("connection closed: its peer reads nothing") }
      close(resetsBodies: reason == .stalled)
    case nil: return
    }
    armTimer()
  }

  /// Ends the output after the bytes that are already written.
  private func endOutput() {
    guard let context else { return }
    backlog.dropUnread()
    let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
    context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in
      let handler = bound.value
      guard let context = handler.context, context.channel.isActive else { return }
      handler.act(on: handler.life.outputFlushed(now: .now))
    }
  }

  /// - Parameter resetsBodies: whether to reset streamed answers, as far as the resets can be written: such answers
  ///   are incomplete.
  private func close(resetsBodies: Bool) {
    life.closed()
    if resetsBodies, let context, context.channel.isActive, !isPumping, streams.resetBodies() {
      loop.output.clear()
      try? loop.output.writeWithOutputRawSpan(minimumWritableBytes: LoopState.outputSize) {
        span throws(SessionError) in
        _ = try session.fill(&span)
      }
      context.writeAndFlush(wrapOutboundOut(loop.output), promise: nil)
    }
    context?.close(promise: nil)
  }

  /// Arms one timer for the earliest deadline of the connection and its calls.
  private func armTimer() {
    guard life.hasDeadline || streams.hasDeadlines else { return }
    let deadline: ContinuousClock.Instant
    switch (life.deadline, streams.earliestDeadline()) {
    case (let first?, let second?): deadline = min(first, second)
    case (let first?, nil): deadline = first
    case (nil, let second?): deadline = second
    case (nil, nil): return
    }
    guard timer.isLate(for: deadline), let context, context.channel.isActive else { return }
    let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
    timer.arm(for: deadline, on: loop.eventLoop) { bound.value.deadlinePassed() }
  }

  private func deadlinePassed() {
    timer.fired()
    let now = ContinuousClock.now
    let isAny = streams.endOverdue(now: now)
    act(on: life.timePassed(now: now))
    if isAny { pump() }
    armTimer()
  }

  // MARK: Events

  /// Handles the session's events: in turns, or without a pause when `all` is set.
  private func handleEvents(all: Bool = false) {
    while let event = backlog.next(session) {
      switch event {
      case .head(let stream): if let stream = stream as? ServerStream { streams.receivedHead(stream) }
      case .data(let stream): if let stream = stream as? ServerStream { streams.receivedData(stream) }
      case .end(let stream):
        if let stream = stream as? ServerStream { streams.receivedEnd(stream) }
        if !all, loop.isTurnOver() { return goOnLater() }
      case .closed(let stream, let code):
        // This is the last event of a stream: another stream may use the object from here on.
        if let stream = stream as? ServerStream { streams.closed(stream, code) }
        session.recycle(stream)
      case .goAway: break
      }
    }
  }

  // MARK: Sending

  /// Asks the producers, drains the session into the event loop's buffer and writes it. Stops when nothing more can be
  /// sent now or the event loop's turn is over.
  func pump() {
    guard !isPumping, life.canWrite, let context, context.channel.isActive else { return }
    guard !loop.isTurnOver() else { return goOnLater() }
    isPumping = true
    while context.channel.isWritable {
      if !streams.producers.isEmpty { streams.askProducers(now: .now) }
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
        if streams.resetAnswered() { continue }
        break
      }
      context.writeAndFlush(wrapOutboundOut(loop.output), promise: nil)
      guard context.channel.isActive else { break }
      // The sent frames may have closed streams.
      if !session.events.isEmpty { handleEvents() }
      if fill == .drained && !streams.producers.hasMore && !streams.resetAnswered() { break }
      if loop.isTurnOver() {
        goOnLater()
        break
      }
    }
    isPumping = false
    guard context.channel.isActive else { return }
    if !session.events.isEmpty { handleEvents() }
    pumped(context)
  }

  /// Reports the state of the output and of the streams to the connection's life.
  private func pumped(_ context: ChannelHandlerContext) {
    if context.channel.isWritable { life.outputUnblocked() } else { life.outputBlocked(now: .now) }
    if session.isFinished {
      act(on: life.finished(now: .now))
    } else {
      act(on: life.hasOpen(session.open.count, output: session.wantsWrite, now: .now))
    }
    armTimer()
  }

  /// Leaves the rest of the work to a later turn of the event loop.
  func goOnLater() {
    guard !isAskedLater else { return }
    isAskedLater = true
    loop.later(self)
  }
}
