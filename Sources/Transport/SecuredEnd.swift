import NIOCore
import NIOSSL

/// Stands between TCP and TLS on a server's connection. A close by TLS waits until the kernel has the last bytes: when the
/// client has ended its side, NIOSSL closes at the moment at which it writes its own end.
final class SecuredEnd: ChannelOutboundHandler {
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    let buffered = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    guard mode == .all, buffered > 0 else { return context.close(mode: mode, promise: promise) }
    context.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenComplete { _ in
      context.close(mode: mode, promise: promise)
    }
  }
}

extension ChannelHandlerContext {
  /// Closes the connection without a wait for the peer, which NIOSSL by itself would make.
  ///
  /// - Parameter isOrderly: whether the peer is told of the end over TLS (RFC 8446 section 6.1). An answer that ends with
  ///   the connection would count as whole then.
  func closeAtOnce(isOrderly: Bool = true) {
    let pipeline = pipeline.syncOperations
    guard let tls = try? pipeline.context(handlerType: NIOSSLHandler.self) else { return close(promise: nil) }
    let beforeTLS = (try? pipeline.context(handlerType: SecuredEnd.self)) ?? tls
    if isOrderly { close(mode: .output, promise: nil) }
    beforeTLS.close(promise: nil)
  }
}

/// Whether an error is no more than the end of a client's bytes without the notice of TLS: HTTP shows by itself whether a
/// request is whole.
func isEndOfInput(_ error: any Error) -> Bool {
  if case NIOSSLError.uncleanShutdown = error { true } else { false }
}
