import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A server that answers each path with bytes of a test's choice, whatever they are, and remembers what it was asked.
final class RawServer: Sendable {
  enum Script: Sendable {
    /// A whole answer, after which the connection stays.
    case answer(String)
    /// These bytes, and the connection is closed.
    case bytes(String)
    /// A head and a body of any bytes, after which the connection stays.
    case raw(String, [UInt8])
    /// The head of an answer and then a byte now and then, for ever.
    case trickle
    /// A body without end, as fast as it is taken.
    case flood
    case silence
    /// A whole answer after a while.
    case late(String, after: Duration)
  }

  /// What a server does beside what each path says.
  struct Habits: Sendable {
    /// The connection is closed at the request after so many.
    var requestsPerConnection = Int.max
    var tls: NIOSSLContext?
    var host = "127.0.0.1"
  }

  let url: String
  private let channel: any Channel
  private let memory: Memory

  private init(_ channel: any Channel, _ memory: Memory, _ habits: Habits) {
    self.channel = channel
    self.memory = memory
    let scheme = habits.tls == nil ? "http" : "https"
    url = "\(scheme)://\(habits.host):\(channel.localAddress?.port ?? 0)"
  }

  /// The requests that came, in order, as they were written.
  var requests: [String] { memory.requests.withLock { $0 } }
  /// How many connections they came on.
  var connections: Int { memory.connections.load(ordering: .sequentiallyConsistent) }

  /// What each path answers; `*` is for all others.
  static func start(_ scripts: [String: Script], _ habits: Habits = Habits()) async throws -> RawServer {
    let memory = Memory()
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          if let tls = habits.tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
          try pipeline.addHandler(ScriptHandler(scripts, memory, requests: habits.requestsPerConnection))
        }
      }
      .bind(host: habits.host, port: 0).get()
    return RawServer(channel, memory, habits)
  }

  func stop() async throws {
    try await channel.close()
  }
}

private final class Memory: Sendable {
  let requests = Mutex<[String]>([])
  let connections = Atomic(0)
}

private final class ScriptHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let scripts: [String: RawServer.Script]
  private let memory: Memory
  private var requestsLeft: Int
  private var text = ""
  private var isFlooding = false

  init(_ scripts: [String: RawServer.Script], _ memory: Memory, requests: Int) {
    self.scripts = scripts
    self.memory = memory
    requestsLeft = requests
  }

  func channelActive(context: ChannelHandlerContext) {
    memory.connections.add(1, ordering: .sequentiallyConsistent)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    text += String(buffer: unwrapInboundIn(data))
    guard isWhole else { return }
    let request = text
    text = ""
    memory.requests.withLock { $0.append(request) }
    guard requestsLeft > 0 else { return context.close(promise: nil) }
    requestsLeft -= 1
    let path = request.split(separator: " ")[1]
    switch scripts[String(path)] ?? scripts["*"] ?? .answer("") {
    case .answer(let answer):
      send(answer.isEmpty ? "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n" : answer, context)
    case .bytes(let bytes):
      send(bytes, context)
      context.close(promise: nil)
    case .raw(let head, let body):
      context.write(wrapOutboundOut(ByteBuffer(string: head)), promise: nil)
      context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: body)), promise: nil)
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
    case .late(let answer, let delay):
      let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
      context.eventLoop.scheduleTask(in: TimeAmount(delay)) {
        let (handler, context) = loopBound.value
        handler.send(answer, context)
      }
    }
  }

  /// Whether a request is there with its body.
  private var isWhole: Bool {
    guard let end = text.firstRange(of: "\r\n\r\n") else { return false }
    let length = text.firstMatch(of: /content-length: (\d+)/).flatMap { Int($0.1) } ?? 0
    return text[end.upperBound...].utf8.count >= length
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
