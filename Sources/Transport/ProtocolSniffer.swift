import HTTP
import Logging
import NIOCore
import NIOTLS

/// Distinguishes HTTP/2 from HTTP/1.1, sets up the pipeline for that protocol and leaves it. TLS names the protocol in its
/// handshake (RFC 9113 section 3.2); in the clear, and where TLS names none, the first bytes show it (section 3.3).
final class ProtocolSniffer: ChannelInboundHandler, RemovableChannelHandler, ServerConnection {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  private let core: ServerCore
  private let loop: LoopState
  private let admission: Admission
  private let lastActive: Int
  private var seen = ByteBuffer()
  private var isHTTP2 = false
  /// nil: the connection is in the clear.
  private let secured: SecuredEnd?
  /// Whether the handshake of TLS is not over.
  private var isHandshaking: Bool
  /// Whether the handshake has named HTTP/1.1.
  private var isHTTP1 = false
  private var isAskedLater = false
  private var isSetUp = false
  private var inputHasEnded = false
  private var life: ConnectionLife
  private var timer = DeadlineTimer()
  private var context: ChannelHandlerContext?

  /// - Parameter life: the connection's life so far; nil: it begins now.
  init(core: ServerCore, loop: LoopState, admission: Admission, secured: SecuredEnd? = nil, life: ConnectionLife? = nil)
  {
    self.secured = secured
    isHandshaking = secured != nil
    self.core = core
    self.loop = loop
    self.admission = admission
    lastActive = loop.milliseconds
    self.life = life ?? ConnectionLife(core.configuration.lifeLimits(admission.place), now: .now)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    loop.add(self)
    armTimer()
    if loop.isShuttingDown { shutDown() }
  }

  private func armTimer() {
    guard let deadline = life.deadline else { return }
    let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
    timer.arm(for: deadline, on: loop.eventLoop) { bound.value.deadlinePassed() }
  }

  private func deadlinePassed() {
    timer.fired()
    guard case .close? = life.timePassed(now: .now) else { return armTimer() }
    core.note(.openingTime, "connection closed: its first bytes did not come in time")
    abort()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    loop.remove(self)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    seen.writeBuffer(&bytes)
    // The protocol is known, and its handler waits for its turn.
    guard !isAskedLater else { return }
    let start = seen.readableBytesView.prefix(Self.preface.count)
    isHTTP2 = !isHTTP1 && Self.preface.starts(with: start)
    if isHTTP2 && start.count < Self.preface.count { return }
    begin(context)
  }

  private func begin(_ context: ChannelHandlerContext) {
    timer.cancel()
    life.chose(
      isHTTP2
        ? core.configuration.http2LifeLimits(admission.place) : core.configuration.lifeLimits(admission.place))
    if !isHTTP2 { life.opened() }
    // When many clients connect at once, the loop makes their pipelines in turns.
    if loop.isTurnOver() { goOnLater() } else { setUp(context) }
  }

  private func goOnLater() {
    guard !isAskedLater else { return }
    isAskedLater = true
    loop.later(self)
  }

  private func setUp(_ context: ChannelHandlerContext) {
    guard !isSetUp else { return }
    isSetUp = true
    let connection: any ServerConnection
    do {
      let pipeline = context.pipeline.syncOperations
      if isHTTP2 {
        let handler = HTTP2ServerHandler(core: core, loop: loop, admission: admission, life: life)
        try pipeline.addHandler(handler)
        connection = handler
      } else {
        let handler = HTTP1ServerHandler(core: core, loop: loop, admission: admission, life: life)
        try pipeline.addHandler(handler)
        connection = handler
      }
    } catch {
      context.fireErrorCaught(error)
      context.closeAtOnce()
      return
    }
    if seen.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(seen)) }
    context.fireChannelReadComplete()
    if inputHasEnded { context.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
    // Only now: over HTTP/1.1 a shutdown ends a connection that has no request yet.
    if loop.isShuttingDown { connection.shutDown() }
    context.pipeline.syncOperations.removeHandler(self, promise: nil)
  }

  // MARK: TLS

  /// - Parameter name: the protocol that both sides know; nil: the client offers none that the server knows.
  private func handshakeCompleted(_ name: String?, _ context: ChannelHandlerContext) {
    secured?.handshakeEnded(completed: true)
    isHandshaking = false
    (isHTTP1, isHTTP2) = (name == "http/1.1", name == "h2")
    // The server's SETTINGS need not wait for the client's preface.
    if isHTTP2 { begin(context) }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .handshakeCompleted(let name)? = event as? TLSUserEvent { return handshakeCompleted(name, context) }
    guard case .inputClosed? = event as? ChannelEvent, !isSetUp else {
      return context.fireUserInboundEventTriggered(event)
    }
    inputHasEnded = true
    // What has arrived of an unknown protocol is no request.
    if !isAskedLater { abort() }
  }

  func channelInactive(context: ChannelHandlerContext) {
    life.closed()
    timer.cancel()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // The end of the input follows.
    guard isHandshaking || !isEndOfInput(error) else { return }
    if isHandshaking { core.logger.debug("no TLS", metadata: ["error": "\(error)"]) }
    context.closeAtOnce()
  }

  // MARK: ServerConnection

  func goOn() {
    // A connection that is lost meanwhile gets no handlers: they would never see its end.
    if let context, context.channel.isActive { setUp(context) }
  }

  func wake() {}
  func tick(now: ContinuousClock.Instant) {}

  var peer: Peer { admission.peer }
  var place: ConnectionTable.Place { admission.place }
  /// nil also once the handler of the protocol takes over: its place is not this one's to give.
  var idleSince: Int? { life.isIdle && !isAskedLater && !isSetUp ? lastActive : nil }
  var isNew: Bool { true }
  var memory: Int { 0 }
  var isSlow: Bool { false }
  func makeRoom() { abort() }
  func shed() { abort() }

  /// Closes the connection unless its protocol is known: the handler that replaces this one answers the request that
  /// came, and joins the shutdown.
  func shutDown() {
    if !isAskedLater { abort() }
  }

  func abort() {
    life.closed()
    context?.closeAtOnce()
  }
}
