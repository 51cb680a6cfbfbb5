package import GRPC
import Glibc
import HTTP
package import NIOCore
import NIOPosix
import NIOSSL
import TLS

/// An HTTP/2 connection to one gRPC server: by TLS, or in the clear with prior knowledge.
package final class GRPCConnection: ClientTransport {
  private let channel: any Channel
  private let handler: NIOLoopBound<ClientHandler>

  private init(channel: any Channel, handler: NIOLoopBound<ClientHandler>) {
    self.channel = channel
    self.handler = handler
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
      } catch {
        channel.close(promise: nil)
        throw error
      }
      return GRPCConnection(channel: channel, handler: handler)
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
    channel.eventLoop.execute { self.handler.value.close() }
    try? await channel.closeFuture.get()
  }

  private func start(_ path: String, _ request: [UInt8]?, _ options: CallOptions) async throws -> ClientCall {
    try await channel.eventLoop.submit {
      let call = try self.handler.value.start(path, options)
      if let request { call.sendOnly(request) }
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
