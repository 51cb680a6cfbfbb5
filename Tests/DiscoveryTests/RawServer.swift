import NIOCore
import NIOPosix
import Synchronization

/// A server that answers each path with bytes of a test's choice, whatever they are, and remembers what it was asked.
final class RawServer: Sendable {
  enum Script: Sendable {
    /// A whole answer, after which the connection stays.
    case answer(String)
    /// These bytes, and the connection is closed.
    case bytes(String)
    /// The head of an answer and then a byte now and then, for ever.
    case trickle
    /// A body without end, as fast as it is taken.
    case flood
    case silence
  }

  let url: String
  private let channel: any Channel
  private let heads: Heads

  private init(_ channel: any Channel, _ heads: Heads) {
    self.channel = channel
    self.heads = heads
    url = "http://127.0.0.1:\(channel.localAddress?.port ?? 0)"
  }

  /// The heads of the requests that came, in order.
  var requests: [String] { heads.all.withLock { $0 } }

  static func start(_ scripts: [String: Script]) async throws -> RawServer {
    let heads = Heads()
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(ScriptHandler(scripts, heads))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    return RawServer(channel, heads)
  }

  func stop() async throws {
    try await channel.close()
  }
}

private final class Heads: Sendable {
  let all = Mutex<[String]>([])
}

private final class ScriptHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let scripts: [String: RawServer.Script]
  private let heads: Heads
  private var text = ""
  private var isFlooding = false

  init(_ scripts: [String: RawServer.Script], _ heads: Heads) {
    self.scripts = scripts
    self.heads = heads
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    text += String(buffer: unwrapInboundIn(data))
    guard text.hasSuffix("\r\n\r\n") else { return }
    heads.all.withLock { $0.append(text) }
    let path = text.split(separator: " ")[1]
    text = ""
    switch scripts[String(path)] ?? .answer("") {
    case .answer(let answer):
      send(answer.isEmpty ? "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n" : answer, context)
    case .bytes(let bytes):
      send(bytes, context)
      context.close(promise: nil)
    case .trickle:
      send("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n", context)
      let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
      context.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(20)) { task in
        let (handler, context) = loopBound.value
        guard context.channel.isActive else { return task.cancel() }
        handler.send(" ", context)
      }
    case .flood:
      send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", context)
      isFlooding = true
      flood(context)
    case .silence:
      break
    }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if isFlooding { flood(context) }
  }

  private func flood(_ context: ChannelHandlerContext) {
    while context.channel.isActive, context.channel.isWritable {
      send("10000\r\n" + String(repeating: " ", count: 0x10000) + "\r\n", context)
    }
  }

  private func send(_ text: String, _ context: ChannelHandlerContext) {
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
  }
}
