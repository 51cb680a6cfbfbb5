import Fleet
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Probing
import Synchronization
import TLS

/// GET requests to an API server, over HTTP/1.1.
///
/// Each request has a connection of its own. A watch holds its connection for minutes and mostly ends by closing it,
/// and lists are minutes apart. A connection kept for reuse that the server had closed in the meantime would fail a
/// valid request. All connections share the TLS context with its certificate authorities, which is the expensive part
/// of the setup.
struct KubeClient: Sendable {
  let access: KubeAccess
  var contexts = TLSContextCache()
  var group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
  /// The longest time until the client is connected to the server or to the proxy, and until a proxy has answered.
  var connectTimeout: Duration = .seconds(10)

  static let pageLimit = 64 << 20
  /// The most seconds that the client waits when a server sends `Retry-After`.
  static let longestWait = 60

  /// Returns the whole body of the answer. Throws `KubeError`.
  func get(_ target: String, idleTimeout: Duration = .seconds(30)) async throws -> [UInt8] {
    let all = Gathered()
    let isWhole = try await open(target, idleTimeout: idleTimeout) { bytes throws(KubeError) in
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

  /// Passes the body of a 200 answer to `take` as it arrives, and returns whether the body was complete. Calls `begun`
  /// before the first part. `idleTimeout`: the longest time without any bytes. Throws `KubeError`, `CancellationError` and
  /// the errors of `take`.
  func open(
    _ target: String, idleTimeout: Duration, begun: @Sendable () -> Void = {},
    take: @Sendable ([UInt8]) throws -> Void
  ) async throws -> Bool {
    let presented = try await access.presented()
    do {
      return try await open(target, idleTimeout: idleTimeout, presented, begun, take)
    } catch let error as KubeError where error.status == 401 {
      await access.refused(presented)
      throw error
    }
  }

  private func open(
    _ target: String, idleTimeout: Duration, _ presented: KubeAccess.Presented, _ begun: @Sendable () -> Void,
    _ take: @Sendable ([UInt8]) throws -> Void
  ) async throws -> Bool {
    let head = request(target, presented)
    let failure = FirstFailure()
    let channel = try await connect(idleTimeout: idleTimeout, presented, failure)
    return try await channel.executeThenClose { inbound, outbound in
      var hasBegun = false
      var refusal: (head: HTTPResponseHead, body: [UInt8])?
      do {
        // One write for both parts: the second of two writes would fail on a server that answers and closes at once.
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

  /// The error for an answer other than 200, whose body is mostly a `Status`.
  private func refusal(_ head: HTTPResponseHead, _ body: [UInt8]) -> KubeError {
    let message = (try? KubeStatus.decode(body))?.message ?? ""
    let code = Int(head.status.code)
    let wait = head.headers.first(name: "retry-after").flatMap { UInt32($0) }.map { min(Int($0), Self.longestWait) }
    return KubeError(
      "HTTP \(code) \(head.status.reasonPhrase)\(message.isEmpty ? "" : ": \(message)")", status: code,
      retryAfter: wait.map { .seconds($0) })
  }

  private func request(_ target: String, _ presented: KubeAccess.Presented) -> HTTPRequestHead {
    var headers = HTTPHeaders([
      ("host", access.url.authority), ("accept", "application/json"), ("user-agent", "rollcall"),
    ])
    if let authorization = presented.authorization { headers.add(name: "authorization", value: authorization) }
    for header in access.impersonation?.headers ?? [] { headers.add(name: header.name, value: header.value) }
    var uri = access.url.path + target
    // For an http server a proxy forwards the request; for an https server it only forwards bytes (RFC 9112, section
    // 3.2.2).
    if let proxy = access.proxy, access.url.scheme == "http" {
      uri = "http://\(access.url.authority)\(uri)"
      if let authorization = proxy.authorization { headers.add(name: "proxy-authorization", value: authorization) }
    }
    return HTTPRequestHead(version: .http1_1, method: .GET, uri: uri, headers: headers)
  }

  private func connect(
    idleTimeout: Duration, _ presented: KubeAccess.Presented, _ failure: FirstFailure
  ) async throws -> NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart> {
    do {
      let tls = access.url.scheme == "https" ? try contexts.context(for: access.tls(presented)) : nil
      let host = access.url.host.hasPrefix("[") ? String(access.url.host.dropFirst().dropLast()) : access.url.host
      let (identity, isVerified) = (HostIdentity(access.serverName ?? host), !access.isUnverified)
      let (proxy, target, patience) = (access.proxy, "\(access.url.host):\(access.url.port)", connectTimeout)
      return try await ClientBootstrap(group: group)
        .connectTimeout(TimeAmount(connectTimeout))
        .channelOption(.socketOption(.so_keepalive), value: 1)
        .channelOption(.tcpOption(.init(rawValue: 4)), value: 30)  // TCP_KEEPIDLE, seconds
        .channelOption(.tcpOption(.init(rawValue: 5)), value: 10)  // TCP_KEEPINTVL, seconds
        .channelOption(.tcpOption(.init(rawValue: 6)), value: 3)  // TCP_KEEPCNT
        .connect(host: proxy?.host ?? host, port: proxy?.port ?? access.url.port) { channel in
          channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            if let proxy, tls != nil { try ProxyTunnel.add(to: pipeline, proxy, target: target, timeout: patience) }
            if let tls {
              let refusal = KubeError(
                "no TLS connection: the certificate of the server is not valid for \(identity.shown)")
              try pipeline.addHandler(identity.handler(tls, isVerified: isVerified, refusal: refusal))
            }
            try pipeline.addHandler(IdleStateHandler(readTimeout: TimeAmount(idleTimeout)))
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
      throw KubeError("\(access.proxy?.description ?? access.url.authority): \(Self.reason(error))")
    }
  }

  static func reason(_ error: any Error) -> String {
    let failure = ProbeFailure(beforeHead: error)
    // The text of the TLS library goes along: the author of the kubeconfig needs it to find the wrong certificate.
    return failure == .tls ? "\(failure.text): \(String(describing: error).prefix(200))" : failure.text
  }
}

/// The first error of a connection. Later errors follow from the first and explain less.
private final class FirstFailure: Sendable {
  private let error = Mutex<(any Error)?>(nil)

  func note(_ error: any Error) { self.error.withLock { $0 = $0 ?? error } }

  var kubeError: KubeError? {
    error.withLock { $0.map { $0 as? KubeError ?? KubeError(KubeClient.reason($0)) } }
  }
}

/// Records why a connection fails, and ends a connection on which no bytes arrive: the server may be gone without
/// closing it.
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
    errorCaught(context: context, error: KubeError("no bytes arrived for too long"))
    context.close(promise: nil)
  }
}
