package import GRPC
import Glibc
import HTTP
package import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import TLS

/// An HTTP/2 connection to one gRPC server: by TLS, or in the clear with prior knowledge. When the server or a proxy allows
/// no further stream on it, a call gets another connection, which lives as long as this one.
package final class GRPCConnection: ClientTransport {
  /// One connection of TCP.
  private struct Link: Sendable {
    let channel: any Channel
    let handler: NIOLoopBound<ClientHandler>
  }

  /// The number of connections to one server; a call beyond what they carry fails.
  private static let linkLimit = 8

  private let authority: String
  private let first: Link
  private let connectAgain: @Sendable () async throws -> Link
  /// The number of connections that are being made.
  private let opening = Mutex(0)
  /// The connections beside the first; nil once all are closed.
  private let others = Mutex<[Link]?>([])

  private init(authority: String, first: Link, connectAgain: @escaping @Sendable () async throws -> Link) {
    self.authority = authority
    self.first = first
    self.connectAgain = connectAgain
  }

  /// The connections of all clients of this process.
  private static let trust = TLSTrust(protocols: ["h2"])

  /// Connects to a server; throws `Status` UNAVAILABLE when no server answers at that address, or its certificate is
  /// refused.
  package static func connect(
    host: String, port: Int, configuration: ClientConfiguration = ClientConfiguration(),
    group: (any EventLoopGroup)? = nil
  ) async throws -> GRPCConnection {
    let authority = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    let connect: @Sendable () async throws -> Link = {
      try await link(host: host, port: port, authority, configuration, group)
    }
    return GRPCConnection(authority: authority, first: try await connect(), connectAgain: connect)
  }

  private static func link(
    host: String, port: Int, _ authority: String, _ configuration: ClientConfiguration, _ group: (any EventLoopGroup)?
  ) async throws -> Link {
    do {
      let (channel, handler) = try await ClientBootstrap(group: group ?? MultiThreadedEventLoopGroup.singleton)
        .connectTimeout(TimeAmount(configuration.connectTimeout))
        .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        .connect(host: host, port: port) { channel in
          channel.eventLoop.makeCompletedFuture {
            let handler = ClientHandler(
              configuration: configuration, authority: authority, eventLoop: channel.eventLoop)
            if let tls = configuration.tls {
              let host = host.contains(":") ? "[\(host)]" : host
              let security = try trust.handler(for: tls, host: host)
              try channel.pipeline.syncOperations.addHandler(security)
              handler.handshake = ClientHandshake(
                security, host: tls.serverName ?? host, limit: configuration.connectTimeout, on: channel.eventLoop)
            }
            try channel.pipeline.syncOperations.addHandler(handler)
            return (channel, NIOLoopBound(handler, eventLoop: channel.eventLoop))
          }
        }
      do {
        try await channel.eventLoop.flatSubmit {
          handler.value.handshake?.completion ?? channel.eventLoop.makeSucceededVoidFuture()
        }.get()
        try await channel.eventLoop.flatSubmit { handler.value.settle() }.get()
      } catch {
        channel.close(promise: nil)
        throw error
      }
      return Link(channel: channel, handler: handler)
    } catch {
      throw Status(.unavailable, "cannot connect to \(authority): \(reason(error))")
    }
  }

  package func unary(_ path: String, _ request: [UInt8], options: CallOptions) async throws -> UnaryResponse {
    let call = try await start(path, request, options)
    guard let message = try await call.next() else {
      throw Status(.unimplemented, "the response has no message")
    }
    // The status follows the message, and an error status fails the call.
    guard try await call.next() == nil else {
      call.cancel()
      throw Status(.unimplemented, "the response has more than one message")
    }
    let metadata = try await call.receivedMetadata()
    return UnaryResponse(
      message: message, initialMetadata: metadata.initial, trailingMetadata: metadata.trailing)
  }

  package func serverStreaming(
    _ path: String, _ request: [UInt8], options: CallOptions
  ) async throws -> any ResponseStream {
    try await start(path, request, options)
  }

  package func bidirectional(_ path: String, options: CallOptions) async throws -> any BidirectionalCall {
    try await start(path, nil, options)
  }

  /// Ends every call with UNAVAILABLE and closes the connection.
  package func close() async {
    let others = self.others.withLock { others in
      defer { others = nil }
      return others ?? []
    }
    for link in [first] + others { await close(link) }
  }

  private func close(_ link: Link) async {
    link.channel.eventLoop.execute { link.handler.value.close() }
    try? await link.channel.closeFuture.get()
  }

  private func start(_ path: String, _ request: [UInt8]?, _ options: CallOptions) async throws -> ClientCall {
    if let call = try await start(on: first, path, request, options) { return call }
    for link in others.withLock({ $0 ?? [] }) {
      do {
        if let call = try await start(on: link, path, request, options) { return call }
      } catch {
        others.withLock { $0?.removeAll { $0.channel === link.channel } }
      }
    }
    // Calls that begin together must not open a connection each beyond the limit.
    let mayOpen = opening.withLock { opening in
      let mayOpen = others.withLock { ($0?.count ?? 0) + 1 } + opening < Self.linkLimit
      if mayOpen { opening += 1 }
      return mayOpen
    }
    guard mayOpen else {
      throw Status(
        .resourceExhausted, "\(authority) allows so few streams that \(Self.linkLimit) connections are full of calls")
    }
    defer { opening.withLock { $0 -= 1 } }
    let link = try await connectAgain()
    let isKept = others.withLock { others in
      others?.append(link)
      return others != nil
    }
    guard isKept else {
      await close(link)
      throw Status(.unavailable, "the connection was closed by this client")
    }
    guard let call = try await start(on: link, path, request, options) else {
      throw Status(.unavailable, "\(authority) allows no stream on a new connection")
    }
    return call
  }

  /// Starts a call; nil when the server allows no further stream on this connection.
  private func start(
    on link: Link, _ path: String, _ request: [UInt8]?, _ options: CallOptions
  ) async throws -> ClientCall? {
    try await link.channel.eventLoop.submit {
      let call = try link.handler.value.start(path, options)
      if let call, let request { call.sendOnly(request) }
      return call
    }.get()
  }
}

/// The reason that a connection attempt failed, in a few words.
private func reason(_ error: any Error) -> String {
  switch error {
  case let failure as ClientHandshake.Failure: return failure.description
  case let error as CertificateFileError: return error.description
  default: break
  }
  guard let failure = error as? NIOConnectionError else { return "\(error)" }
  guard let attempt = failure.connectionErrors.first?.error else { return "the host is unknown" }
  if let system = attempt as? IOError, system.errnoCode == ECONNREFUSED { return "connection refused" }
  return "\(attempt)"
}
