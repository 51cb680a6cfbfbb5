import NIOCore
import NIOHTTP1

/// Opens a tunnel to an API server through a proxy (`CONNECT`, RFC 9110, section 9.3.6). The handlers behind it see an
/// active channel only when the tunnel is open, so that none of them writes before.
final class ProxyTunnel: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  private let proxy: HTTPProxy
  /// Host and port, with brackets around an IPv6 address.
  private let target: String
  private let timeout: TimeAmount
  private let codec: [any RemovableChannelHandler]
  private var timer: Scheduled<Void>?
  /// Whether the proxy has answered, or has failed.
  private var isDecided = false

  /// Adds the tunnel to the end of a pipeline, with the handlers that it needs until it is open.
  static func add(
    to pipeline: ChannelPipeline.SynchronousOperations, _ proxy: HTTPProxy, target: String, timeout: Duration
  ) throws {
    let encoder = HTTPRequestEncoder()
    // A TLS server sends nothing before its client does, so no bytes are lost.
    let decoder = ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes))
    let tunnel = ProxyTunnel(proxy, target: target, timeout: TimeAmount(timeout), codec: [encoder, decoder])
    try pipeline.addHandlers([encoder, decoder, tunnel])
  }

  private init(_ proxy: HTTPProxy, target: String, timeout: TimeAmount, codec: [any RemovableChannelHandler]) {
    self.proxy = proxy
    self.target = target
    self.timeout = timeout
    self.codec = codec
  }

  func channelActive(context: ChannelHandlerContext) {
    var headers = HTTPHeaders([("host", target), ("user-agent", "rollcall")])
    if let authorization = proxy.authorization { headers.add(name: "proxy-authorization", value: authorization) }
    let head = HTTPRequestHead(version: .http1_1, method: .CONNECT, uri: target, headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    timer = context.eventLoop.assumeIsolated().scheduleTask(in: timeout) { [self] in
      fail("did not answer in time", context)
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      guard (200..<300).contains(head.status.code) else {
        return fail("answered \(head.status.code) \(head.status.reasonPhrase) to CONNECT", context)
      }
    case .body: break
    case .end: if !isDecided { open(context) }
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    fail("closed the connection before it answered", context)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard !isDecided else { return context.fireErrorCaught(error) }
    fail(KubeClient.reason(error), context)
  }

  private func open(_ context: ChannelHandlerContext) {
    isDecided = true
    timer?.cancel()
    let operations = context.pipeline.syncOperations
    let removed = codec.map { operations.removeHandler($0) }
    EventLoopFuture.andAllSucceed(removed, on: context.eventLoop).assumeIsolated().whenComplete { [self] _ in
      guard context.channel.isActive else { return }
      context.fireChannelActive()
      operations.removeHandler(self, promise: nil)
    }
  }

  private func fail(_ reason: String, _ context: ChannelHandlerContext) {
    guard !isDecided else { return }
    isDecided = true
    timer?.cancel()
    context.fireErrorCaught(KubeError("\(proxy) \(reason)"))
    context.close(promise: nil)
  }
}
