import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// A socket that sends what it is told and keeps what comes.
final class RawClient: Sendable {
  private final class Collector: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    let state = Mutex((bytes: [UInt8](), hasEnded: false, isClosed: false, hasFailed: false))

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let bytes = Array(unwrapInboundIn(data).readableBytesView)
      state.withLock { $0.bytes += bytes }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if case .inputClosed? = event as? ChannelEvent { state.withLock { $0.hasEnded = true } }
    }

    func channelInactive(context: ChannelHandlerContext) {
      state.withLock { $0.isClosed = true }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      state.withLock { $0.hasFailed = true }
      context.close(promise: nil)
    }
  }

  private let channel: any Channel
  private let collector: Collector

  /// - Parameters:
  ///   - reads: false: takes only what `read` asks for.
  ///   - closes: whether it closes when the server's output ends; else it stays open until `close`.
  init(port: Int, reads: Bool = true, closes: Bool = true, isSecured: Bool = Carrier.isSecured) async throws {
    let collector = Collector()
    self.collector = collector
    let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(.allowRemoteHalfClosure, value: !closes)
    channel = try await Carrier.connect(bootstrap, port: port, protocols: [], reads: reads, isSecured: isSecured) {
      try $0.pipeline.syncOperations.addHandler(collector)
    }
  }

  var bytes: [UInt8] { collector.state.withLock { $0.bytes } }
  var text: String { collector.state.withLock { String(decoding: $0.bytes, as: UTF8.self) } }
  /// The server's output has ended, for a client that does not close by itself.
  var hasEnded: Bool { collector.state.withLock { $0.hasEnded } }
  /// The connection was lost, not closed in order.
  var hasFailed: Bool { collector.state.withLock { $0.hasFailed } }
  var isClosed: Bool { collector.state.withLock { $0.isClosed } }

  /// Takes some of what came, or all there is and will be.
  func read(all: Bool) async throws {
    if all { try await channel.setOption(.autoRead, value: true).get() } else { channel.read() }
  }

  func send(_ text: String) async throws {
    try await channel.writeAndFlush(ByteBuffer(string: text)).get()
  }

  func send(bytes: [UInt8]) async throws {
    try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
  }

  /// Ends its side of the connection, and reads on.
  func shutDown() async throws {
    // A server that has answered may be faster.
    try? await channel.close(mode: .output).get()
  }

  /// Cuts the connection, so that the server cannot write to it.
  func reset() async throws {
    let provider = channel as? any SocketOptionProvider
    try await provider?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
    await close()
  }

  func close() async {
    try? await channel.close().get()
  }
}
