import NIOCore
import NIOPosix
import Synchronization

/// A proxy on loopback that does the same to each connection.
final class ScriptedProxy: Sendable {
  enum Behavior: Sendable {
    /// Connects to the target of CONNECT and passes bytes on.
    case tunnel
    case answer(String)
    case hang
    case close
  }

  fileprivate final class Log: Sendable {
    let heads = Mutex<[String]>([])
  }

  let port: Int
  private let channel: any Channel
  private let log: Log

  /// The heads of the requests that came, in order.
  var requests: [String] { log.heads.withLock { $0 } }

  static func start(_ behavior: Behavior) async throws -> ScriptedProxy {
    let log = Log()
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(ScriptedProxyHandler(behavior, log))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    return ScriptedProxy(channel, log)
  }

  private init(_ channel: any Channel, _ log: Log) {
    self.channel = channel
    self.log = log
    port = channel.localAddress?.port ?? 0
  }

  func stop() async throws {
    try await channel.close()
  }
}

private final class ScriptedProxyHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let behavior: ScriptedProxy.Behavior
  private let log: ScriptedProxy.Log
  private var head = ""
  private var server: (any Channel)?

  init(_ behavior: ScriptedProxy.Behavior, _ log: ScriptedProxy.Log) {
    self.behavior = behavior
    self.log = log
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let bytes = unwrapInboundIn(data)
    if let server { return server.writeAndFlush(bytes, promise: nil) }
    head += String(buffer: bytes)
    guard head.hasSuffix("\r\n\r\n") else { return }
    log.heads.withLock { $0.append(head) }
    switch behavior {
    case .tunnel: connect(context)
    case .answer(let text): context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    case .hang: break
    case .close: context.close(promise: nil)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    server?.close(promise: nil)
  }

  private func connect(_ context: ChannelHandlerContext) {
    let target = head.split(separator: " ")[1].split(separator: ":")
    let client = context.channel
    ClientBootstrap(group: context.eventLoop)
      .channelInitializer { server in
        server.eventLoop.makeCompletedFuture {
          try server.pipeline.syncOperations.addHandler(PassingHandler(to: client))
        }
      }
      .connect(host: String(target[0]), port: Int(target[1]) ?? 0)
      .assumeIsolated()
      .whenSuccess { [self] server in
        self.server = server
        client.writeAndFlush(ByteBuffer(string: "HTTP/1.1 200 Connection established\r\n\r\n"), promise: nil)
      }
  }
}

/// Passes the bytes of the server on to the client.
private final class PassingHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let client: any Channel

  init(to client: any Channel) {
    self.client = client
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    client.writeAndFlush(unwrapInboundIn(data), promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    client.close(promise: nil)
  }
}
