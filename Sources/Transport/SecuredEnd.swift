import HTTP
import Logging
import NIOCore
import NIOSSL
import TLS

/// Stands between TCP and TLS on a server's connection: a handshake begins with the client's first bytes, when it is its
/// turn, and a close by TLS waits until the kernel has the last bytes. NIOSSL closes at the moment at which it writes its
/// own end when the client has ended its side.
final class SecuredEnd: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private enum State {
    /// The client has sent nothing.
    case silent
    /// The client's first bytes wait, and nothing more is read.
    case waiting
    /// It is the connection's turn, and TLS takes the first bytes in a moment.
    case admitted
    case handshaking
    case over
  }

  private let core: ServerCore
  private let loop: LoopState
  let peer: Peer
  private let certificates: ServerCertificates
  private var state = State.silent
  private var first = ByteBuffer()
  private var holdsRead = false
  private var context: ChannelHandlerContext?
  /// The start of the handshake, by the loop's milliseconds.
  private(set) var began = 0

  init(core: ServerCore, loop: LoopState, peer: Peer, certificates: ServerCertificates) {
    self.core = core
    self.loop = loop
    self.peer = peer
    self.certificates = certificates
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
  }

  // MARK: The handshake

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch state {
    case .handshaking, .over: return context.fireChannelRead(data)
    case .waiting, .admitted:
      var bytes = unwrapInboundIn(data)
      first.writeBuffer(&bytes)
    case .silent:
      let decision = loop.handshakes.admit(self, limit: core.configuration.handshakesPerLoop, now: loop.milliseconds)
      if let cut = decision.cut { cut.giveWay() }
      if decision.isAdmitted {
        begin(.handshaking)
        return pass(unwrapInboundIn(data), context)
      }
      core.note(.handshakes, "a TLS handshake waits: as many as may be are under way")
      state = .waiting
      first = unwrapInboundIn(data)
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    if !isHeld { context.fireChannelReadComplete() }
  }

  func read(context: ChannelHandlerContext) {
    if isHeld { holdsRead = true } else { context.read() }
  }

  /// Whether the client's bytes are kept from TLS.
  private var isHeld: Bool { state == .waiting || state == .admitted }

  private func begin(_ next: State) {
    state = next
    began = loop.milliseconds
    core.handshakes.began()
  }

  /// It is this connection's turn. The handshake goes on in a later turn of the event loop: one that fails at once makes
  /// room for the next.
  func admitted() {
    begin(.admitted)
    let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
    loop.eventLoop.execute { bound.value.goOn() }
  }

  private func goOn() {
    guard state == .admitted, let context, context.channel.isActive else { return }
    state = .handshaking
    pass(first, context)
    first = ByteBuffer()
    context.fireChannelReadComplete()
    if holdsRead { context.read() }
  }

  /// Hands the client's first bytes to TLS, whose handler takes tens of kilobytes and so comes only now.
  private func pass(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
    do {
      try context.pipeline.syncOperations.addHandler(certificates.handler(), position: .after(self))
      context.fireChannelRead(wrapInboundOut(bytes))
    } catch {
      context.close(promise: nil)
    }
  }

  func handshakeEnded(completed: Bool) {
    switch state {
    case .admitted, .handshaking:
      core.handshakes.ended(completed: completed)
      state = .over
      loop.handshakes.ended(self)
    case .waiting:
      state = .over
      loop.handshakes.gaveUp(self)
    case .silent, .over: state = .over
    }
  }

  /// Closes the connection, whose handshake takes long, for another.
  func giveWay() {
    core.note(.handshakes, "connection closed: many TLS handshakes are under way, and its takes long")
    context?.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    handshakeEnded(completed: false)
    context.fireChannelInactive()
  }

  // MARK: The end

  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    let buffered = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    guard buffered > 0 else { return context.close(mode: mode, promise: promise) }
    context.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenComplete { _ in
      context.close(mode: mode, promise: promise)
    }
  }
}

/// Stands between TLS and HTTP, and hands on small pieces: NIOSSL keeps a buffer of the size of the largest for as long as
/// the connection lives.
final class SecuredPieces: ChannelOutboundHandler {
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// With what TLS adds it fits into 16 KiB.
  private static let most = 16_000

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    var bytes = unwrapOutboundIn(data)
    while bytes.readableBytes > Self.most, let piece = bytes.readSlice(length: Self.most) {
      context.writeAndFlush(wrapOutboundOut(piece), promise: nil)
    }
    context.write(wrapOutboundOut(bytes), promise: promise)
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
