import Fleet
import FoundationEssentials
import HTTP
import NIOCore
import NIOHTTP1
import NIOSSL
import TLS

/// One connection to an engine and the exchange that is under way on it. Confined to its event loop.
final class EngineChannelHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  /// Whether the connection can take another exchange.
  var isOpen: Bool { context != nil && exchange == nil }
  /// Whether the engine has accepted the connection, which is still open.
  var isConnected: Bool { context != nil }
  /// Whether the connection has had an exchange.
  private(set) var isUsed = false
  /// The connection's TLS, and the name or address that the engine's certificate must bear; nil: it has none.
  var tls: (handler: NIOSSLClientHandler, host: String)?
  private var context: ChannelHandlerContext?
  private var exchange: Exchange?

  private struct Exchange {
    var limit: Int
    var head: HTTPResponseHead?
    var body = Data()
    var end: (ExchangeResult) -> Void
  }

  /// Sends a request. Calls `end` once, unless this side closes the connection.
  func send(_ head: HTTPRequestHead, body: String?, limit: Int, end: @escaping (ExchangeResult) -> Void) {
    guard let context else { return end(.failure(.closed)) }
    isUsed = true
    exchange = Exchange(limit: limit, end: end)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if let body { context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil) }
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
  }

  func close() {
    exchange = nil
    let context = context.take()
    context?.close(promise: nil)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard exchange != nil else { return }
    switch unwrapInboundIn(data) {
    case .head(let head): begin(head)
    case .body(let bytes): add(bytes)
    case .end: finish()
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard exchange?.head == nil else { return fail(.truncated) }
    let fault = tls.flatMap { CertificateFault(error, certificate: $0.handler.peerCertificate, host: $0.host) }
    fail(fault.map { .certificate($0) } ?? ProbeFailure(beforeHead: error))
  }

  func channelInactive(context: ChannelHandlerContext) {
    fail(exchange?.head == nil ? .closed : .truncated)
  }

  private func begin(_ head: HTTPResponseHead) {
    exchange?.head = head
    guard let length = head.headers.first(name: "content-length").flatMap({ Int($0) }) else { return }
    if isTooLarge(length) { return }
    exchange?.body.reserveCapacity(length)
  }

  private func add(_ bytes: ByteBuffer) {
    guard let held = exchange?.body.count, !isTooLarge(held + bytes.readableBytes) else { return }
    exchange?.body.append(contentsOf: bytes.readableBytesView)
  }

  private func isTooLarge(_ size: Int) -> Bool {
    guard let limit = exchange?.limit, size > limit else { return false }
    fail(.tooLarge(limit: limit))
    return true
  }

  private func finish() {
    guard let exchange = exchange.take(), let head = exchange.head else { return }
    if !head.isKeepAlive { close() }
    let server = head.headers.first(name: "server") ?? ""
    let body: Data
    switch plain(exchange.body, head, limit: exchange.limit) {
    case .success(let content): body = content
    case .failure(let failure): return exchange.end(.failure(failure))
    }
    var response = EngineResponse(
      status: Int(head.status.code), server: server, body: body,
      retryAfter: RetryAfter.wait(head.headers.first(name: "retry-after"), date: head.headers.first(name: "date")))
    if [301, 302, 303, 307, 308].contains(response.status) {
      response.redirect = head.headers.first(name: "location")
    }
    exchange.end(.response(response))
  }

  /// The body without gzip, which some proxies use although nobody asked for it.
  private func plain(_ body: Data, _ head: HTTPResponseHead, limit: Int) -> Result<Data, ProbeFailure> {
    guard ["gzip", "x-gzip"].contains(head.headers.first(name: "content-encoding")?.lowercased()), !body.isEmpty else {
      return .success(body)
    }
    do throws(Gunzip.Failure) {
      return .success(Data(try Gunzip.content(of: Array(body), limit: limit)))
    } catch {
      return .failure(error == .tooLarge ? .tooLarge(limit: limit) : .truncated)
    }
  }

  private func fail(_ failure: ProbeFailure) {
    let exchange = exchange.take()
    close()
    exchange?.end(.failure(failure))
  }
}
