import HTTP
import Logging
import NIOCore

/// Takes the PROXY header with which a connection from certain addresses has to begin, and leaves the pipeline. What
/// follows the header is the client's: TLS, HTTP/2 or HTTP/1.1.
///
/// A connection counts from its start as all others, and against its client's limits from the header on.
final class ProxyHeaderHandler: ChannelInboundHandler, RemovableChannelHandler, ServerConnection {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  /// Sets up the pipeline behind this handler for the client, on a connection that has lived so far.
  typealias Successor = (_ client: Admission, _ life: ConnectionLife) throws -> Void

  private let core: ServerCore
  private let loop: LoopState
  let place: ConnectionTable.Place
  private let address: SocketAddress
  private let successor: Successor
  private let lastActive: Int
  private var seen = ByteBuffer()
  private var isOver = false
  private var life: ConnectionLife
  private var timer = DeadlineTimer()
  private var context: ChannelHandlerContext?

  /// - Parameter address: the proxy's.
  init(
    core: ServerCore, loop: LoopState, place: ConnectionTable.Place, address: SocketAddress,
    successor: @escaping Successor
  ) {
    self.core = core
    self.loop = loop
    self.place = place
    self.address = address
    self.successor = successor
    lastActive = loop.milliseconds
    life = ConnectionLife(core.configuration.lifeLimits(place), now: .now)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    loop.add(self)
    armTimer()
    if loop.isShuttingDown { abort() }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    loop.remove(self)
  }

  private func armTimer() {
    guard let deadline = life.deadline else { return }
    let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
    timer.arm(for: deadline, on: loop.eventLoop) { bound.value.deadlinePassed() }
  }

  private func deadlinePassed() {
    timer.fired()
    guard case .close? = life.timePassed(now: .now) else { return armTimer() }
    core.note(.openingTime, "connection closed: its PROXY header did not come in time")
    abort()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isOver else { return context.fireChannelRead(data) }
    var bytes = unwrapInboundIn(data)
    seen.writeBuffer(&bytes)
    switch ProxyHeader.read(seen.readableBytesView) {
    case .incomplete: return
    case .invalid(let reason):
      core.noteFault(
        "connection closed: it has to begin with a PROXY header", ["proxy": "\(address)", "reason": "\(reason)"])
      abort()
    case .header(let header, let length):
      seen.moveReaderIndex(forwardBy: length)
      goOn(as: Peer(header, from: address, trusted: core.configuration.trustedProxies), context)
    }
  }

  private func goOn(as client: Peer, _ context: ChannelHandlerContext) {
    isOver = true
    timer.cancel()
    do {
      try core.connections.count(client) { loop.makeRoom(.ofPeer, for: client, core.connections) }
    } catch {
      core.note(.connectionsPerPeer, "connection refused")
      return abort()
    }
    context.channel.closeFuture.whenComplete { [core] _ in core.connections.forget(client) }
    do {
      try successor(Admission(peer: client, place: place), life)
    } catch {
      return abort()
    }
    if seen.readableBytes > 0 {
      context.fireChannelRead(wrapInboundOut(seen))
      context.fireChannelReadComplete()
    }
    context.pipeline.syncOperations.removeHandler(self, promise: nil)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .inputClosed? = event as? ChannelEvent, !isOver { return abort() }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    life.closed()
    timer.cancel()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  // MARK: ServerConnection

  func goOn() {}
  func wake() {}
  func tick(now: ContinuousClock.Instant) {}

  var peer: Peer { .unknown }
  /// nil also once the next handler takes over: its place is not this one's to give.
  var idleSince: Int? { life.isIdle && !isOver ? lastActive : nil }
  var isNew: Bool { true }
  var memory: Int { 0 }
  var isSlow: Bool { false }
  func makeRoom() { abort() }
  func shed() { abort() }
  func shutDown() { if !isOver { abort() } }

  func abort() {
    life.closed()
    context?.close(promise: nil)
  }
}

extension Peer {
  /// The client that a proxy's header names, else the proxy itself. Neither counts as on this machine: a loopback
  /// address in a header is one of the proxy's machine.
  ///
  /// - Parameter proxy: the address of the connection.
  init(_ header: ProxyHeader, from proxy: SocketAddress, trusted: [AddressRange]) {
    let client = header.client.flatMap { try? SocketAddress(ipAddress: $0.address, port: $0.port) }
    self.init(id: Peer(client ?? proxy, trusted: trusted).id, isLoopback: false)
  }
}
