import Fleet
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Probing
import Synchronization

/// GET requests to an API server, each on a connection of its own, over HTTP/1.1.
struct KubeClient: Sendable {
  let access: KubeAccess
  var group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
  /// Until there is a connection, and until the answer begins.
  var connectTimeout: Duration = .seconds(10)

  static let pageLimit = 64 << 20
  /// Seconds that a server may ask to be left alone for.
  static let longestWait = 60

  /// The whole answer. Throws `KubeError`.
  func get(_ target: String, silence: Duration = .seconds(30)) async throws -> [UInt8] {
    let all = Gathered()
    let isWhole = try await open(target, silence: silence) { bytes throws(KubeError) in
      try all.bytes.withLock { gathered throws(KubeError) in
        gathered += bytes
        guard gathered.count <= Self.pageLimit else { throw KubeError("the answer is larger than 64 MiB") }
      }
    }
    guard isWhole else { throw KubeError("the answer was cut off") }
    return all.bytes.withLock { $0 }
  }

  private final class Gathered: Sendable {
    let bytes = Mutex<[UInt8]>([])
  }

  /// Hands on the body of an answer of 200 as it comes; whether it came to its end. `begun` is called before; `silence`: how long nothing may come.
  /// Throws `KubeError`, `CancellationError` and what `take` throws.
  func open(
    _ target: String, silence: Duration, begun: @Sendable () -> Void = {},
    take: @Sendable ([UInt8]) throws -> Void
  ) async throws -> Bool {
    let shown = try await access.shown()
    do {
      return try await open(target, silence: silence, shown, begun, take)
    } catch let error as KubeError where error.status == 401 {
      await access.refused(shown)
      throw error
    }
  }

  private func open(
    _ target: String, silence: Duration, _ shown: KubeAccess.Shown, _ begun: @Sendable () -> Void,
    _ take: @Sendable ([UInt8]) throws -> Void
  ) async throws -> Bool {
    let head = request(target, shown)
    let failure = FirstFailure()
    let channel = try await connect(silence: silence, shown, failure)
    return try await channel.executeThenClose { inbound, outbound in
      var hasBegun = false
      var refusal: (head: HTTPResponseHead, body: [UInt8])?
      do {
        // Together: a server that answers and closes at once would fail the second of two.
        try await outbound.write(contentsOf: [.head(head), .end(nil)])
        for try await part in inbound {
          switch part {
          case .head(let head):
            hasBegun = head.status == .ok
            if hasBegun { begun() } else { refusal = (head, []) }
          case .body(let buffer):
            if hasBegun {
              try take(Array(buffer.readableBytesView))
            } else if let count = refusal?.body.count, count < 1 << 16 {
              refusal?.body += Array(buffer.readableBytesView)
            }
          case .end:
            if let refusal { throw self.refusal(refusal.head, refusal.body) }
            return true
          }
        }
      } catch let error where error is KubeError || error is CancellationError || error is DecodingError {
        throw error
      } catch {
        guard hasBegun else { throw failure.kubeError ?? KubeError(Self.reason(error)) }
        return false
      }
      try Task.checkCancellation()
      guard hasBegun else {
        throw refusal.map { self.refusal($0.head, $0.body) } ?? failure.kubeError
          ?? KubeError("the connection was cut off")
      }
      return false
    }
  }

  /// What an answer that is not 200 says: a `Status` mostly.
  private func refusal(_ head: HTTPResponseHead, _ body: [UInt8]) -> KubeError {
    let told = (try? KubeStatus.decode(body))?.message ?? ""
    let code = Int(head.status.code)
    let wait = head.headers.first(name: "retry-after").flatMap { UInt32($0) }.map { min(Int($0), Self.longestWait) }
    return KubeError(
      "HTTP \(code) \(head.status.reasonPhrase)\(told.isEmpty ? "" : ": \(told)")", status: code,
      retryAfter: wait.map { .seconds($0) })
  }

  private func request(_ target: String, _ shown: KubeAccess.Shown) -> HTTPRequestHead {
    var headers = HTTPHeaders([
      ("host", access.url.authority), ("accept", "application/json"), ("user-agent", "rollcall"),
    ])
    if let authorization = shown.authorization { headers.add(name: "authorization", value: authorization) }
    return HTTPRequestHead(version: .http1_1, method: .GET, uri: access.url.path + target, headers: headers)
  }

  private func connect(
    silence: Duration, _ shown: KubeAccess.Shown, _ failure: FirstFailure
  ) async throws -> NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart> {
    do {
      let tls = access.url.scheme == "https" ? try access.tls(shown) : nil
      let host = access.url.host.hasPrefix("[") ? String(access.url.host.dropFirst().dropLast()) : access.url.host
      let isAddress = (try? SocketAddress(ipAddress: host, port: access.url.port)) != nil
      let name = access.serverName ?? (isAddress ? nil : host)
      return try await ClientBootstrap(group: group)
        .connectTimeout(TimeAmount(connectTimeout))
        .channelOption(.socketOption(.so_keepalive), value: 1)
        .channelOption(.tcpOption(.init(rawValue: 4)), value: 30)  // TCP_KEEPIDLE, seconds
        .channelOption(.tcpOption(.init(rawValue: 5)), value: 10)  // TCP_KEEPINTVL, seconds
        .channelOption(.tcpOption(.init(rawValue: 6)), value: 3)  // TCP_KEEPCNT
        .connect(host: host, port: access.url.port) { channel in
          channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            if let tls { try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: name)) }
            try pipeline.addHandler(IdleStateHandler(readTimeout: TimeAmount(silence)))
            try pipeline.addHandler(EndHandler(failure))
            try pipeline.addHTTPClientHandlers()
            return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
          }
        }
    } catch let error as KubeError {
      throw error
    } catch let error as CancellationError {
      throw error
    } catch {
      throw KubeError("\(access.url.authority): \(Self.reason(error))")
    }
  }

  static func reason(_ error: any Error) -> String {
    let failure = ProbeFailure(beforeHead: error)
    // Which certificate it is that is wrong is for those who wrote the kubeconfig to find out.
    return failure == .tls ? "\(failure.words): \(String(describing: error).prefix(200))" : failure.words
  }
}

/// Why a connection failed first: what follows from that says less.
private final class FirstFailure: Sendable {
  private let error = Mutex<(any Error)?>(nil)

  func note(_ error: any Error) { self.error.withLock { $0 = $0 ?? error } }

  var kubeError: KubeError? {
    error.withLock { $0.map { $0 as? KubeError ?? KubeError(KubeClient.reason($0)) } }
  }
}

/// Notes why a connection fails, and ends one on which nothing comes any more: the other side may be gone without a word.
private final class EndHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let failure: FirstFailure

  init(_ failure: FirstFailure) {
    self.failure = failure
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    failure.note(error)
    context.fireErrorCaught(error)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard event is IdleStateHandler.IdleStateEvent else { return context.fireUserInboundEventTriggered(event) }
    errorCaught(context: context, error: KubeError("nothing was heard for too long"))
    context.close(promise: nil)
  }
}
