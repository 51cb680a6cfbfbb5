import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// An API server on loopback that answers one request after the other as a test wrote, whatever they ask for.
///
/// `/version` is answered apart, and so may be lists that are to be streamed. When nothing is written any more, an answer begins and never goes on.
final class ScriptedAPI: Sendable {
  enum End: Sendable {
    /// The body is whole.
    case whole
    /// The connection is closed in the middle of it.
    case cut
    /// Nothing comes any more.
    case hold
  }

  struct Reply: Sendable {
    var status = 200
    var retryAfter: String?
    /// Each is a chunk of its own.
    var pieces: [String]
    var end = End.whole
  }

  let url: String
  private let channel: any Channel
  private let memory: Memory

  /// `minor`: the server's minor version; nil: it does not know `/version`. `streamed`: the reply to every request for a
  /// streamed list, which is not remembered then; nil: it is a request like any other. `route`: the reply by the target
  /// of a request; where it is nil the next of `replies` counts.
  static func start(
    _ replies: [Reply], minor: String? = "20", streamed: Reply? = nil, tls: NIOSSLContext? = nil,
    route: @escaping @Sendable (Substring) -> Reply? = { _ in nil }
  ) async throws -> ScriptedAPI {
    let memory = Memory(replies, minor: minor, streamed: streamed, route: route)
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
          try pipeline.addHandler(ScriptedAPIHandler(memory))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    return ScriptedAPI(channel, memory, scheme: tls == nil ? "http" : "https")
  }

  private init(_ channel: any Channel, _ memory: Memory, scheme: String) {
    self.channel = channel
    self.memory = memory
    url = "\(scheme)://127.0.0.1:\(channel.localAddress?.port ?? 0)"
  }

  /// What came, in order, as it was written; without questions for the version.
  var requests: [String] { memory.state.withLock { $0.requests } }

  /// The query of a request, as names and values; values as they were encoded.
  func query(_ index: Int) -> [String: String] {
    let target = requests[index].split(separator: " ")[1]
    let pairs = target.split(separator: "?").dropFirst().joined().split(separator: "&")
    return pairs.reduce(into: [:]) { query, pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      query[String(parts[0])] = parts.count == 2 ? String(parts[1]) : ""
    }
  }

  func stop() async throws {
    try await channel.close()
  }

  fileprivate final class Memory: Sendable {
    struct State {
      var requests: [String] = []
      var replies: ArraySlice<Reply>
    }

    let state: Mutex<State>
    let minor: String?
    let streamed: Reply?
    let route: @Sendable (Substring) -> Reply?

    init(
      _ replies: [Reply], minor: String?, streamed: Reply?, route: @escaping @Sendable (Substring) -> Reply?
    ) {
      state = Mutex(State(replies: replies[...]))
      self.minor = minor
      self.streamed = streamed
      self.route = route
    }

    func reply(to request: String) -> Reply {
      if request.hasPrefix("GET /version ") {
        return minor.map { Reply(pieces: [#"{"major":"1","minor":"\#($0)"}"#]) } ?? Reply(status: 404, pieces: [])
      }
      if let streamed, request.contains("sendInitialEvents=true") { return streamed }
      return state.withLock { state in
        state.requests.append(request)
        if let reply = route(request.split(separator: " ", maxSplits: 2)[1]) { return reply }
        return state.replies.popFirst() ?? Reply(pieces: [], end: .hold)
      }
    }
  }
}

private final class ScriptedAPIHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let memory: ScriptedAPI.Memory
  private var text = ""

  init(_ memory: ScriptedAPI.Memory) {
    self.memory = memory
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    text += String(buffer: unwrapInboundIn(data))
    guard text.hasSuffix("\r\n\r\n") else { return }
    let reply = memory.reply(to: text)
    text = ""
    let more = reply.retryAfter.map { "retry-after: \($0)\r\n" } ?? ""
    send(
      "HTTP/1.1 \(reply.status) Told\r\ncontent-type: application/json\r\n\(more)transfer-encoding: chunked\r\n\r\n",
      context)
    for piece in reply.pieces {
      send("\(String(piece.utf8.count, radix: 16))\r\n\(piece)\r\n", context)
    }
    switch reply.end {
    case .whole: send("0\r\n\r\n", context)
    case .cut: context.close(promise: nil)
    case .hold: break
    }
  }

  private func send(_ text: String, _ context: ChannelHandlerContext) {
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
  }
}
