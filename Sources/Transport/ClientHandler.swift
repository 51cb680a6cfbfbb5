import GRPC
import HTTP2
import NIOCore
import NIOTLS

/// One HTTP/2 connection of the client: turns calls into frames, and frames into messages and statuses.
final class ClientHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// A sender goes on once fewer bytes than this wait to be sent.
  static let lowWater = 65_536

  let configuration: ClientConfiguration
  private let authority: String
  let session: Session
  private let eventLoop: any EventLoop
  private var context: ChannelHandlerContext?
  private var output = ByteBufferAllocator().buffer(capacity: 65_536)
  private var keepalive: ClientKeepalive
  private var timer = DeadlineTimer()
  private var isPumping = false
  /// nil: the connection is in the clear.
  var handshake: ClientHandshake?
  /// Fulfilled when the server's SETTINGS, and with them its limit of streams, are known, or never will be.
  private var settled: EventLoopPromise<Void>?
  /// The reason that the connection takes no more calls; nil while it takes calls.
  private var failure: Status?

  init(configuration: ClientConfiguration, authority: String, eventLoop: any EventLoop) {
    self.configuration = configuration
    self.authority = authority
    self.eventLoop = eventLoop
    keepalive = ClientKeepalive(configuration.keepalive, now: .now)
    session = Session(role: .client, settings: configuration.http2, pool: StreamPool { ClientStream() })
  }

  // MARK: Channel

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    if context.channel.isActive { pump() }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
  }

  func channelActive(context: ChannelHandlerContext) {
    pump()
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let bytes = unwrapInboundIn(data)
    do {
      try session.receive(bytes.readableBytesUInt8Span)
    } catch {
      lose("the connection failed: \(error)")
    }
    if session.hasSettings { settled?.succeed() }
    keepalive.received(isAnswer: !session.events.isEmpty, now: .now)
    handleEvents()
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    pump()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { pump() }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .handshakeCompleted(let name)? = event as? TLSUserEvent { handshake?.completed(name) }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer.cancel()
    settled?.succeed()
    handshake?.failed(ChannelError.eof)
    fail(Status(.unavailable, "the connection to \(authority) was closed"))
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // The end of the channel follows.
    guard !isEndOfInput(error) else { return }
    if let handshake {
      handshake.failed(error)
      return lose("the connection to \(authority) failed: \(handshake.text(error))")
    }
    lose("the connection to \(authority) failed: \(error)")
  }

  /// Waits for the server's SETTINGS: its limit of streams holds from the first call on. A server that sends none is
  /// called after a second.
  func settle() -> EventLoopFuture<Void> {
    guard !session.hasSettings, failure == nil else { return eventLoop.makeSucceededVoidFuture() }
    let promise = eventLoop.makePromise(of: Void.self)
    settled = promise
    eventLoop.scheduleTask(in: .seconds(1)) { promise.succeed() }
    return promise.futureResult
  }

  // MARK: Calls

  /// Starts a call; nil when the connection has as many streams as the server allows.
  func start(_ path: String, _ options: CallOptions) throws -> ClientCall? {
    if let failure { throw failure }
    guard session.open.count < session.peerStreamLimit else { return nil }
    var fields = [
      (name: ":method", value: "POST"), (":scheme", configuration.tls == nil ? "http" : "https"), (":path", path),
      (":authority", authority), ("te", "trailers"), ("content-type", "application/grpc"),
      ("grpc-accept-encoding", MessageEncoding.accepted), ("user-agent", configuration.userAgent),
    ]
    if let timeout = options.timeout { fields.append(("grpc-timeout", Timeout.format(timeout))) }
    let deadline = options.timeout.map { ContinuousClock.now + $0 }
    guard let stream = session.request(Headers(fields + options.metadata.fields)) as? ClientStream else {
      throw Status(.unavailable, "the connection takes no more calls: connect again")
    }
    stream.deadline = deadline
    if session.open.count == 1 { keepalive.begin(now: .now) }
    armTimer()
    return ClientCall(
      handler: NIOLoopBound(self, eventLoop: eventLoop), stream: stream, timeout: options.timeout,
      maxMessageSize: configuration.maxMessageSize)
  }

  func send(_ message: [UInt8], on stream: ClientStream) {
    session.send(framed(message)[...], on: stream)
  }

  func waitToSend(on stream: ClientStream, _ writer: CheckedContinuation<Void, any Error>) {
    stream.writers.append(writer)
    releaseWriters(stream)
    pump()
  }

  func finish(_ stream: ClientStream) {
    session.finish(stream)
    pump()
  }

  /// Gives the next message to `reader`, now or when it arrives.
  func next(on stream: ClientStream, _ reader: ClientStream.MessageWaiter) {
    precondition(stream.reader == nil, "one reader at a time")
    stream.reader = reader
    deliver(stream)
    pump()
  }

  /// Ends a call from the client's side.
  func end(_ stream: ClientStream, _ status: Status) {
    guard stream.machine.status == nil else { return }
    _ = stream.machine.end(status)
    session.reset(stream, .cancel)
    deliver(stream)
    pump()
  }

  func close() {
    fail(Status(.unavailable, "the connection was closed by this client"))
    session.goAway(.noError)
    pump()
    context?.closeAtOnce()
  }

  // MARK: Events

  private func handleEvents() {
    var index = 0
    while index < session.events.count {
      switch session.events[index] {
      case .head(let stream):
        if let stream = stream as? ClientStream, stream.hasHead {
          stream.machine.receivedHead(stream.head)
          stream.initialMetadata = Metadata(stream.head) ?? Metadata()
          // The response is not gRPC, or its message is too large: the client does not need the rest.
          if stream.machine.status != nil && !stream.isRemoteClosed { session.reset(stream, .cancel) }
          deliver(stream)
        }
      case .data(let stream): if let stream = stream as? ClientStream { deliver(stream) }
      case .end(let stream): if let stream = stream as? ClientStream { deliver(stream) }
      case .closed(let stream, let code):
        if let stream = stream as? ClientStream {
          if !stream.isRemoteClosed || code != .noError { _ = stream.machine.end(stream.status(resetBy: code)) }
          deliver(stream)
        }
      case .goAway(_, let code):
        let status =
          code == .noError
          ? Status(.unavailable, "the server is shutting down: connect again")
          : Status(.unavailable, "the server ended the connection with HTTP/2 error code \(code.rawValue)")
        failure = failure ?? status
      }
      index += 1
    }
    session.events.removeAll(keepingCapacity: true)
  }

  /// Ends every call with UNAVAILABLE, and closes the connection.
  private func lose(_ reason: String) {
    fail(Status(.unavailable, reason))
    context?.closeAtOnce()
  }

  private func fail(_ status: Status) {
    failure = failure ?? status
    for case let stream as ClientStream in session.open {
      if stream.machine.status == nil && !stream.isRemoteClosed { _ = stream.machine.end(status) }
      deliver(stream)
    }
  }

  // MARK: Keepalive

  /// Arms the timer for the next step of `keepalive`, while calls are open.
  private func armTimer() {
    let deadline = keepalive.deadline
    guard !session.open.isEmpty, timer.isLate(for: deadline), let context, context.channel.isActive else { return }
    let bound = NIOLoopBound(self, eventLoop: eventLoop)
    timer.arm(for: deadline, on: eventLoop) { bound.value.deadlinePassed() }
  }

  private func deadlinePassed() {
    timer.fired()
    guard !session.open.isEmpty else { return }
    switch keepalive.step(now: .now) {
    case .ping:
      session.ping()
      pump()
    case .giveUp: lose("\(authority) did not answer a ping: the server or its host may be gone")
    case nil: break
    }
    armTimer()
  }

  // MARK: Sending

  private func pump() {
    guard !isPumping, let context, context.channel.isActive else { return }
    isPumping = true
    defer { isPumping = false }
    var fill = Session.Fill.full
    while fill == .full && context.channel.isWritable {
      output.clear()
      do {
        try output.writeWithOutputRawSpan(minimumWritableBytes: 65_536) { span throws(SessionError) in
          fill = try session.fill(&span)
        }
      } catch {
        return lose("the connection failed: \(error)")
      }
      guard output.readableBytes > 0 else { break }
      context.writeAndFlush(wrapOutboundOut(output), promise: nil)
      guard context.channel.isActive else { return }
    }
    handleEvents()
    for case let stream as ClientStream in session.open
    where !stream.writers.isEmpty && stream.outgoingByteCount < Self.lowWater {
      for writer in stream.writers { writer.resume() }
      stream.writers = []
    }
    if session.isFinished { context.closeAtOnce() }
  }
}
