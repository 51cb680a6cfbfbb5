import Glibc
import HTTP
import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1

/// One HTTP/1.1 connection of the server: REST only. Requests come one at a time (NIO's pipelining handler sees to it).
final class HTTP1ServerHandler: ChannelInboundHandler, ServerConnection {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let core: ServerCore
  private let loop: LoopState
  private let peerIsLoopback: Bool
  private var context: ChannelHandlerContext?
  private var head: HTTPRequestHead?
  private var body = [UInt8]()
  private var bodyIsTooLarge = false
  /// A request that waits for its turn.
  private var waiting: HTTPRequestHead?
  private var source: (any BodySource)?
  /// Nothing but the end of the connection ends the answer.
  private var endsWithConnection = false
  /// The task that makes the answer.
  private var task: TaskPool.Ticket?
  private var isReady = false
  /// The loop was told to ask this connection again in a later turn.
  private var isAskedLater = false
  private var isProducing = false
  private var closesAfterResponse = false
  /// The end of an answer is not written to the socket yet.
  private var isAnswering = false
  private var isShuttingDown = false
  /// All is written and said to be; the peer's end is waited for.
  private var lingeringSince: ContinuousClock.Instant?
  private var unwritableSince: ContinuousClock.Instant?
  private let clock = ContinuousClock()

  init(core: ServerCore, loop: LoopState, peerIsLoopback: Bool) {
    self.core = core
    self.loop = loop
    self.peerIsLoopback = peerIsLoopback
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
      self.head = head
      body = []
      bodyIsTooLarge = false
    case .body(let bytes):
      bodyIsTooLarge = bodyIsTooLarge || body.count + bytes.readableBytes > core.configuration.maxBodySize
      if bodyIsTooLarge { body = [] } else { body.append(contentsOf: bytes.readableBytesView) }
    case .end:
      guard let head else { return }
      self.head = nil
      guard !loop.isTurnOver() else {
        waiting = head
        return goOnLater()
      }
      respond(to: head, context)
    }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    unwritableSince = context.channel.isWritable ? nil : (unwritableSince ?? clock.now)
    produce()
  }

  func channelInactive(context: ChannelHandlerContext) {
    // Nobody is there for its answer any more.
    waiting = nil
    source?.closed()
    source = nil
    if let task { core.tasks.cancel(task) }
    task = nil
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    core.logger.debug("connection failed", metadata: ["error": "\(error)"])
    // What cannot be read follows an answer that may still be on its way, or was answered by NIO's handler.
    guard error is HTTPParserError || error is ByteToMessageDecoderError else { return context.close(promise: nil) }
    closesAfterResponse = true
    if source != nil {
      endIfEndless()
    } else if waiting == nil && !isAnswering && task == nil {
      endOutput()
    }
  }

  // MARK: ServerConnection

  func goOn() {
    isAskedLater = false
    if let head = waiting, let context {
      waiting = nil
      respond(to: head, context)
    } else {
      wake()
    }
  }

  func wake() {
    isReady = true
    produce()
  }

  func tick(now: ContinuousClock.Instant) {
    if let since = lingeringSince, now - since > core.configuration.lingerTimeout { return abort() }
    if let since = unwritableSince, now - since > core.configuration.stallTimeout {
      core.logger.info("connection closed: its peer reads nothing")
      return abort()
    }
    wake()
  }

  func shutDown() {
    isShuttingDown = true
    closesAfterResponse = true
    if source != nil {
      endIfEndless()
    } else if head == nil && waiting == nil && !isAnswering && task == nil {
      endOutput()
    }
  }

  /// Ends the connection without a reset, which would take from the peer what it has not received yet: a close does that
  /// while bytes of the peer are unread (RFC 9112 section 9.6). A tick closes anyway when that takes too long.
  private func endOutput() {
    guard lingeringSince == nil, let context, context.channel.isActive else { return }
    lingeringSince = clock.now
    context.close(mode: .output, promise: nil)
  }

  func abort() {
    guard let context else { return }
    if endsWithConnection && (source != nil || isAnswering) {
      // An orderly end would tell the client that it has all of it.
      _ = (context.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
    }
    context.close(promise: nil)
  }

  // MARK: Exchange

  private func respond(to head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    closesAfterResponse = closesAfterResponse || isShuttingDown || !head.isKeepAlive
    let response: EventualResponse
    if bodyIsTooLarge {
      response = .now(itself(OpenAIError.contentTooLarge(limit: core.configuration.maxBodySize).response))
    } else if let method = HTTPRequest.Method(head.method.rawValue) {
      response = core.responder.respond(
        to: Request(
          method: method, target: head.uri, fields: HTTP1Fields(head.headers), body: body,
          peerIsLoopback: peerIsLoopback))
    } else {
      response = .now(itself(OpenAIError.invalid("The request has no method.").response))
    }
    body = []
    switch response {
    case .now(let response): write(response, to: head, context)
    case .later(let later): start(later, for: head, context)
    }
  }

  /// An answer that no route gave.
  private func itself(_ response: Response) -> Response {
    core.responder.answeredItself(response.status.code)
    return response
  }

  /// The connection's next request waits until this answer is written: NIO's pipelining handler holds it back, and reads
  /// no more.
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
    if task == nil { write(itself(RequestLimits.tooManyTasksResponse), to: head, context) }
  }

  private func write(_ response: Response, to request: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let (isHead, version) = (request.method == .HEAD, request.version)
    var headers = HTTPHeaders()
    headers.add(name: "date", value: loop.date)
    for field in response.fields { headers.add(name: field.name.canonicalName, value: field.value) }
    let length = response.contentLength ?? 0
    if response.head == nil, response.contentLength != nil {
      headers.add(name: "content-length", value: String(length))
    }
    var framing = HTTPVersion.http1_1
    if case .stream = response.body, isHead || (version.major == 1 && version.minor == 0) {
      // Without chunks only the end of the connection ends a body of unknown length; NIO adds none to this version.
      closesAfterResponse = true
      endsWithConnection = !isHead
      framing = .http1_0
    }
    if closesAfterResponse { headers.add(name: "connection", value: "close") }
    let head = HTTPResponseHead(
      version: framing, status: .init(statusCode: response.status.code), headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    switch response.body {
    case .stream(let source) where !isHead:
      begin(source, context)
      if isShuttingDown { endIfEndless() }
      return produce()
    case .stream(let source): source.closed()
    case .bytes(let slices) where !isHead && response.allowsBody:
      guard length > WholeBody.piece else {
        write(slices, context)
        break
      }
      begin(WholeBody(slices), context)
      return produce()
    case .bytes, .empty: break
    }
    finish(context)
  }

  private func begin(_ source: any BodySource, _ context: ChannelHandlerContext) {
    self.source = source
    isReady = true
    context.flush()
  }

  private func write(_ slices: [ArraySlice<UInt8>], _ context: ChannelHandlerContext) {
    let count = slices.reduce(0) { $0 + $1.count }
    guard count > 0 else { return }
    var buffer = context.channel.allocator.buffer(capacity: count)
    for slice in slices { buffer.writeBytes(slice) }
    context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
  }

  private func produce() {
    // A write can fail at once and lead back here.
    guard !isProducing, source != nil, let context else { return }
    guard !loop.isTurnOver() else { return goOnLater() }
    isProducing = true
    defer { isProducing = false }
    while let source, isReady, context.channel.isWritable {
      var slices = [ArraySlice<UInt8>]()
      let progress = source.produce(into: &slices, now: clock.now)
      write(slices, context)
      context.flush()
      switch progress {
      case .more where slices.isEmpty:
        isReady = false
        goOnLater()
      case .more where loop.isTurnOver(): return goOnLater()
      case .more: break
      case .wait: isReady = false
      case .end:
        // What follows may be the next request of a pipeline, answered before this returns.
        isProducing = false
        end()
        return produce()
      }
    }
  }

  /// The rest waits for a later turn of the event loop.
  private func goOnLater() {
    guard !isAskedLater else { return }
    isAskedLater = true
    loop.later(self)
  }

  /// What a shutdown does to a body; cut short, a finite one would be taken for whole.
  private func endIfEndless() {
    if let source, source.isEndless { end() }
  }

  /// Ends a body that was sent piece by piece.
  private func end() {
    guard let source, let context else { return }
    self.source = nil
    source.closed()
    finish(context)
  }

  private func finish(_ context: ChannelHandlerContext) {
    let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
    isAnswering = true
    context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
      bound.value.isAnswering = false
      if bound.value.closesAfterResponse { bound.value.endOutput() }
    }
  }
}

private final class HTTP1Fields: RequestFields {
  private let headers: HTTPHeaders

  init(_ headers: HTTPHeaders) {
    self.headers = headers
  }

  func value(of name: String) -> String? {
    let values = headers[name]
    return values.isEmpty ? nil : values.joined(separator: ", ")
  }
}
