internal import HTTP
internal import NIOCore
internal import NIOHTTP1

/// Collects one request at a time, asks the engine for its delivery and writes the answer. Confined to its connection's
/// event loop.
final class HTTPHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart
  typealias Answering = @Sendable (SimulatedRequest, any EventLoop) -> EventLoopFuture<Delivery>

  /// The most bytes of a request's body; the handler closes the connection when a body is larger.
  private static let bodyLimit = 1 << 20

  private let answering: Answering
  private var head: HTTPRequestHead?
  private var body: [UInt8] = []
  /// The date header of the current second, formatted once for all its answers.
  private var date = (second: -1, text: "")

  init(_ answering: @escaping Answering) {
    self.answering = answering
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body = []
    case .body(let bytes):
      guard body.count + bytes.readableBytes <= Self.bodyLimit else {
        context.close(promise: nil)
        return
      }
      body.append(contentsOf: bytes.readableBytesView)
    case .end:
      guard let head else { return }
      self.head = nil
      answer(SimulatedRequest(head: head, body: body), keepAlive: head.isKeepAlive, context: context)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private func answer(_ request: SimulatedRequest, keepAlive: Bool, context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    let client = Client(keepAlive: keepAlive, takesBody: request.method != .HEAD)
    answering(request, context.eventLoop).hop(to: context.eventLoop).whenComplete { result in
      let (handler, context) = bound.value
      guard case .success(let delivery) = result else {
        context.close(promise: nil)
        return
      }
      handler.deliver(delivery, to: client, context: context)
    }
  }

  private struct Client {
    var keepAlive: Bool
    /// Whether the answer may have a body; false for HEAD.
    var takesBody: Bool
  }

  private func deliver(_ delivery: Delivery, to client: Client, context: ChannelHandlerContext) {
    switch delivery {
    case .whole(let answer):
      write(answer, to: client, context: context)
    case .delayed(let answer, let delay):
      context.eventLoop.assumeIsolated().scheduleTask(in: delay) {
        self.write(answer, to: client, context: context)
      }
    case .truncated(let answer):
      write(answer, missing: 100, to: Client(keepAlive: false, takesBody: client.takesBody), context: context)
    case .never:
      break
    }
  }

  /// Writes an answer. `missing`: bytes that content-length announces in excess of the body.
  private func write(_ answer: SimulatedAnswer, missing: Int = 0, to client: Client, context: ChannelHandlerContext) {
    guard context.channel.isActive else { return }
    let second = Int(unixTime())
    if date.second != second { date = (second, HTTPDate.text(secondsSinceEpoch: second)) }
    var headers = HTTPHeaders([("date", date.text), ("server", "uvicorn")])
    headers.add(contentsOf: answer.headers)
    headers.add(name: "content-length", value: String(answer.body.readableBytes + missing))
    if let type = answer.contentType { headers.add(name: "content-type", value: type) }
    if !client.keepAlive { headers.add(name: "connection", value: "close") }
    let head = HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if client.takesBody, answer.body.readableBytes > 0 {
      context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil)
    }
    let written = context.writeAndFlush(wrapOutboundOut(.end(nil)))
    if !client.keepAlive {
      let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
      written.whenComplete { _ in bound.value.close(promise: nil) }
    }
  }
}
