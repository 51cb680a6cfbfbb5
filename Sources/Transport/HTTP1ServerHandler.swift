import Glibc
import HTTP
import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1

/// One HTTP/1.1 connection of the server, for REST alone. NIO's pipelining handler lets one request at a time through.
final class HTTP1ServerHandler: ChannelInboundHandler, ServerConnection {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let core: ServerCore
  private let loop: LoopState
  private let admission: Admission
  private let caller: Caller
  private var life: ConnectionLife
  private var timer = DeadlineTimer()
  private var context: ChannelHandlerContext?
  private var incoming: HTTP1Request
  private var body = HTTP1Body()
  /// The task that makes the response; nil when there is none.
  private var task: TaskPool.Ticket?
  /// Whether the event loop asks this connection again in a later turn.
  private var isAskedLater = false

  init(core: ServerCore, loop: LoopState, admission: Admission, life: ConnectionLife) {
    self.core = core
    self.loop = loop
    self.admission = admission
    caller = Caller(admission.peer, connectionID: core.nextConnectionID())
    self.life = life
    incoming = HTTP1Request(limit: core.configuration.limits[.bodyBytes])
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    loop.add(self)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    loop.remove(self)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      guard life.acceptsRequests else { return }
      life.requestOpened()
      // A connection that came during the shutdown tells its client so with the first answer.
      if loop.isShuttingDown { shutDown() }
      incoming.begin(head)
    case .body(let bytes): incoming.append(bytes)
    case .end:
      guard incoming.end() else { return }
      guard !loop.isTurnOver() else { return goOnLater() }
      respond(context)
    }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    produce()
  }

  func channelInactive(context: ChannelHandlerContext) {
    life.closed()
    timer.cancel()
    incoming.drop()
    body.end()?.closed()
    if let task { core.tasks.cancel(task) }
    task = nil
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    core.logger.debug("connection failed", metadata: ["error": "\(error)"])
    // The unparsable bytes follow an answer that may still be on its way, or NIO's handler has answered them.
    guard error is HTTPParserError || error is ByteToMessageDecoderError else { return context.close(promise: nil) }
    act(on: life.refuseRequests(now: .now))
    if incoming.isUnfinished {
      incoming.drop()
      act(on: life.requestEnded(now: .now))
    }
    endIfEndless()
  }

  // MARK: ServerConnection

  func goOn() {
    isAskedLater = false
    if let context, incoming.isWhole { respond(context) } else { wake() }
  }

  func wake() {
    body.isReady = true
    produce()
  }

  func tick(now: ContinuousClock.Instant) { wake() }

  var peer: Peer { admission.peer }
  var idleSince: ContinuousClock.Instant? { life.idleSince }
  private(set) var memory = 0
  var isSlow: Bool { false }
  func makeRoom() { abort() }
  func shed() { abort() }

  func shutDown() {
    act(on: life.shutDown(now: .now))
  }

  func abort() {
    guard let context else { return }
    if body.endsWithConnection && life.openRequests > 0 {
      // After an orderly end the client would take the cut answer for complete.
      _ = (context.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
    }
    life.closed()
    context.close(promise: nil)
  }

  // MARK: Life

  private func act(on action: ConnectionLife.Action?) {
    switch action {
    // The next answer tells the client that the connection closes.
    case .announce: if life.isShuttingDown { endIfEndless() }
    case .cut: abort()
    // The output is complete once the last answer is written.
    case .endOutput: act(on: life.outputFlushed(now: .now))
    case .closeOutput: if let context, context.channel.isActive { context.close(mode: .output, promise: nil) }
    case .close(let reason):
      core.note(reason.limit, "connection closed: \(reason.rawValue)")
      abort()
    case .refuse, .ping, nil: return
    }
    armTimer()
  }

  private func armTimer() {
    guard let deadline = life.deadline, timer.isLate(for: deadline), context?.channel.isActive == true else { return }
    let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
    timer.arm(for: deadline, on: loop.eventLoop) { bound.value.deadlinePassed() }
  }

  private func deadlinePassed() {
    timer.fired()
    act(on: life.timePassed(now: .now))
    armTimer()
  }

  // MARK: Exchange

  private func respond(_ context: ChannelHandlerContext) {
    guard let head = incoming.takeHead() else { return }
    if !head.isKeepAlive { act(on: life.refuseRequests(now: .now)) }
    let isTooLarge = incoming.bodyIsTooLarge
    let bytes = incoming.takeBody()
    let response: EventualResponse
    if isTooLarge {
      response = .now(core.refusal(.contentTooLarge(limit: core.configuration.limits[.bodyBytes])))
    } else if let method = HTTPRequest.Method(head.method.rawValue) {
      response = core.responder.respond(
        to: Request(
          method: method, target: head.uri, fields: HTTP1Fields(head.headers), body: bytes,
          caller: caller))
    } else {
      response = .now(core.refusal(.invalid("The request has no method.")))
    }
    switch response {
    case .now(let response): write(response, to: head, context)
    case .later(let later): start(later, for: head, context)
    }
  }

  /// Starts the task that makes the response. NIO's pipelining handler holds the next request back until this response
  /// is written, and reads no further.
  private func start(
    _ later: @escaping @concurrent @Sendable () async -> sending Response, for head: HTTPRequestHead,
    _ context: ChannelHandlerContext
  ) {
    let eventLoop = loop.eventLoop
    let bound = NIOLoopBound(self, eventLoop: eventLoop)
    task = core.tasks.start {
      let response = LateResponse(await later())
      return { ticket in
        eventLoop.execute {
          let handler = bound.value
          guard handler.task == ticket, let context = handler.context, let response = response.take() else { return }
          handler.task = nil
          handler.write(response, to: head, context)
        }
      }
    }
    if task == nil { write(core.refusal(RequestLimits.tooManyTasksProblem), to: head, context) }
  }

  private func write(_ response: Response, to request: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let (isHead, version) = (request.method == .HEAD, request.version)
    let length = response.contentLength
    var headers = HTTPHeaders(response, length: length, date: loop.date)
    var framing = HTTPVersion.http1_1
    if case .stream = response.body, isHead || (version.major == 1 && version.minor == 0) {
      // Without chunks only the end of the connection ends a body of unknown length, and NIO adds no chunks for this
      // version.
      act(on: life.refuseRequests(now: .now))
      body.endsWithConnection = !isHead
      framing = .http1_0
    }
    if life.isEnding {
      headers.add(name: "connection", value: "close")
      act(on: life.refuseRequests(now: .now))
    }
    let head = HTTPResponseHead(
      version: framing, status: .init(statusCode: response.status.code), headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    switch response.body {
    case .stream(let source) where !isHead:
      body.begin(source)
      context.flush()
      if life.isShuttingDown { endIfEndless() }
      return produce()
    case .stream(let source): source.closed()
    case .bytes(let slices) where !isHead && response.allowsBody:
      guard length ?? 0 > WholeBody.piece else {
        write(slices, context)
        break
      }
      body.begin(WholeBody(slices))
      context.flush()
      return produce()
    case .bytes, .empty: break
    }
    finish(context)
  }

  private func write(_ slices: [ArraySlice<UInt8>], _ context: ChannelHandlerContext) {
    guard let buffer = HTTP1Body.buffer(slices, context.channel.allocator) else { return }
    context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
  }

  private func produce() {
    // A failed write can lead back here at once.
    guard !body.isProducing, body.source != nil, let context else { return }
    guard !loop.isTurnOver() else { return goOnLater() }
    body.isProducing = true
    defer { body.isProducing = false }
    while let source = body.source, body.isReady, context.channel.isWritable {
      var slices = [ArraySlice<UInt8>]()
      let progress = source.produce(into: &slices, now: .now)
      write(slices, context)
      context.flush()
      switch progress {
      case .more where slices.isEmpty:
        body.isReady = false
        goOnLater()
      case .more where loop.isTurnOver(): return goOnLater()
      case .more: break
      case .wait: body.isReady = false
      case .end:
        // The next request of a pipeline may follow and be answered before this call returns.
        body.isProducing = false
        end()
        return produce()
      }
    }
  }

  /// Leaves the rest of the work to a later turn of the event loop.
  private func goOnLater() {
    guard !isAskedLater else { return }
    isAskedLater = true
    loop.later(self)
  }

  /// Ends an endless body. A finite body goes on: the client would take a cut body for complete.
  private func endIfEndless() {
    if body.isEndless { end() }
  }

  /// Ends a body that was sent piece by piece.
  private func end() {
    guard let context, let source = body.end() else { return }
    source.closed()
    finish(context)
  }

  private func finish(_ context: ChannelHandlerContext) {
    let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
    context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
      let handler = bound.value
      handler.act(on: handler.life.requestEnded(now: .now))
    }
  }
}
