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

  /// The frames that may wait for a peer before the connection reads no more from it.
  private static let queuedFrames = 128

  let core: ServerCore
  let loop: LoopState
  let session: Session
  let streams: ServerStreams
  let admission: Admission
  var life: ConnectionLife
  var output = ConnectionOutput()
  var timer = DeadlineTimer()
  var backlog = InputBacklog()
  private(set) var context: ChannelHandlerContext?
  private(set) var isPumping = false
  /// The last time at which the connection read or wrote, by the loop's milliseconds.
  private(set) var lastActive = 0
  /// Whether the event loop asks this connection again in a later turn.
  private var isAskedLater = false
  /// Whether a read waits until the peer reads, because many frames wait for it.
  private var holdsRead = false
  /// The bytes that count against the memory of all connections.
  var memory = 0
  /// The heads that could not be sent and are counted.
  var unsendableCount = 0
  /// The refused streams that are counted.
  var refusedCount = 0
  /// Whether the fault that ends the session is counted.
  var isFaultCounted = false
  private var isInputEnded = false

  /// - Parameter life: the life of a connection whose protocol is known.
  init(core: ServerCore, loop: LoopState, admission: Admission, life: ConnectionLife) {
    self.core = core
    self.loop = loop
    self.admission = admission
    self.life = life
    lastActive = loop.milliseconds
    session = Session(role: .server, settings: core.configuration.http2, pool: loop.streams)
    streams = ServerStreams(core: core, loop: loop, session: session, admission: admission)
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
      try session.receive(bytes.readableBytesUInt8Span, now: loop.milliseconds)
      if session.hasSettings { life.opened() }
      if session.refusedCount > refusedCount { noteRefused() }
      handleEvents()
      if session.fault != nil { endForFault() }
    } catch {
      core.logger.debug("connection ended", metadata: ["error": "\(error)"])
      handleEvents(all: true)
      pump(isLast: true)
      act(on: life.finished(now: .now))
    }
  }

  func read(context: ChannelHandlerContext) {
    // A peer that reads nothing must not make the session queue more answers to its frames.
    if !context.channel.isWritable, session.queuedFrames > Self.queuedFrames {
      holdsRead = true
    } else if backlog.allowsRead() {
      context.read()
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    pump()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    guard context.channel.isWritable else { return }
    pump()
    if holdsRead {
      holdsRead = false
      read(context: context)
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard case ChannelEvent.inputClosed? = event as? ChannelEvent else {
      return context.fireUserInboundEventTriggered(event)
    }
    isInputEnded = true
    if backlog.isEmpty { inputEnded() }
  }

  /// The client has ended its side: what it asked for is still answered, as far as it can take it. The GOAWAY finds out
  /// whether the client is there at all: the system of one that is gone answers with a reset.
  private func inputEnded() {
    handleEvents(all: true)
    session.goAway(.noError)
    streams.inputEnded()
    pump(isLast: true)
    act(on: life.hasOpen(session.open.count, output: session.wantsWrite, now: .now))
    act(on: life.refuseRequests(now: .now))
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
    core.memory.change(from: memory, to: 0)
    memory = 0
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard !isEndOfInput(error) else { return }
    core.logger.debug("connection failed", metadata: ["error": "\(error)"])
    context.closeAtOnce()
  }

  // MARK: ServerConnection

  func goOn() {
    isAskedLater = false
    guard let context, context.channel.isActive else { return }
    streams.producers.wakeAskedLater()
    catchUp()
    pump()
    if isInputEnded, backlog.isEmpty { inputEnded() }
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

  func shutDown() {
    act(on: life.shutDown(now: .now))
  }

  func abort() {
    close(resetsBodies: life.canWrite)
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
  ///
  /// - Parameter isLast: whether the connection ends now: the end of the turn holds nothing back.
  func pump(isLast: Bool = false) {
    guard !isPumping, life.canWrite, let context else { return }
    let channel = context.channel
    guard isLast || !loop.isTurnOver() else { return goOnLater() }
    isPumping = true
    while channel.isWritable {
      if streams.memory.hasWaiting, streams.runWaiting() { handleEvents() }
      if !streams.producers.isEmpty { streams.askProducers(now: .now) }
      var fill = Session.Fill.drained
      let buffer: ByteBuffer
      do {
        buffer = try loop.fill(isLarge: output.isFast) { span throws(SessionError) in fill = try session.fill(&span) }
      } catch {
        core.logger.debug("connection ended", metadata: ["error": "\(error)"])
        context.closeAtOnce()
        break
      }
      guard buffer.readableBytes > 0 else {
        if streams.resetAnswered() { continue }
        break
      }
      context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
      guard channel.isActive else { break }
      output.wrote(buffer.readableBytes, isFull: fill == .full, channel)
      if session.fault != nil { break }
      // The sent frames may have closed streams.
      if !session.events.isEmpty { handleEvents() }
      if fill == .drained && !streams.hasMore && !streams.resetAnswered() { break }
      if loop.isTurnOver() {
        goOnLater()
        break
      }
    }
    isPumping = false
    // False once the channel is closed: `channelInactive` comes at once.
    guard life.canWrite else { return }
    if !session.events.isEmpty { handleEvents() }
    pumped(channel)
  }

  /// Reports the state of the output and of the streams to the connection's life.
  private func pumped(_ channel: any Channel) {
    charge(channel)
    lastActive = loop.milliseconds
    if session.unsendableCount > unsendableCount { noteUnsendable() }
    // The client's errors may be too many only now, when their resets are sent.
    if session.fault != nil { endForFault() }
    if session.isFinished {
      act(on: life.finished(now: .now))
    } else if life.setOpen(session.open.count) {
      act(on: life.hasOpen(session.open.count, output: session.wantsWrite, now: .now))
    }
    if life.hasDeadline || streams.hasDeadlines { armTimer() }
  }

  /// Leaves the rest of the work to a later turn of the event loop.
  func goOnLater() {
    guard !isAskedLater else { return }
    isAskedLater = true
    loop.later(self)
  }
}
