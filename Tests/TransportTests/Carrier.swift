import FoundationEssentials
import HTTP
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import TLS
import TestKit

@testable import Transport

/// What the connections of the tests over sockets run on: TCP, or TLS with `ROLLCALL_TEST_TLS=1`.
enum Carrier {
  static let isSecured = ProcessInfo.processInfo.environment["ROLLCALL_TEST_TLS"] == "1"

  /// A short time for the start of a connection, in milliseconds, that a handshake still keeps to on a busy machine.
  static let openingTime = isSecured ? 3_000 : 200

  /// The files of the test's authority, and its server, which stay beside the build.
  static let directory: String = {
    let directory = ".build/carrier"
    let files = ["ca.pem": TestAuthority.authority, "server.pem": TestAuthority.server + "\n" + TestAuthority.key]
    do {
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      for (name, text) in files { try Data(text.utf8).write(to: URL(filePath: "\(directory)/\(name)")) }
    } catch {
      fatalError("\(error)")
    }
    return directory
  }()

  static var trust: ClientTLS { ClientTLS(caFile: "\(directory)/ca.pem") }

  /// Lets a server listen on a free port, as the tests' connections need it.
  static func listen(_ configuration: inout ServerConfiguration, secured: Bool = isSecured) throws {
    configuration.port = 0
    guard secured else { return }
    configuration.listensInClear = false
    configuration.secured = SecuredAddress(
      host: "127.0.0.1", port: 0,
      certificates: try ServerCertificates(ServerTLS([.init(certFile: "\(directory)/server.pem")])))
  }

  /// Connects a client that offers these protocols.
  ///
  /// - Parameter reads: false: nothing is read after the handshake but for what the client asks for.
  static func connect(
    _ bootstrap: ClientBootstrap, port: Int, protocols: [String], reads: Bool, isSecured: Bool = isSecured,
    _ addHandlers: @escaping @Sendable (any Channel) throws -> Void
  ) async throws -> any Channel {
    let handshake = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Void.self)
    let channel = try await bootstrap.channelOption(.autoRead, value: isSecured || reads)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if isSecured {
            let trust = TLSTrust(protocols: protocols)
            try channel.pipeline.syncOperations.addHandler(trust.handler(for: Self.trust, host: "127.0.0.1"))
            try channel.pipeline.syncOperations.addHandler(Handshake(handshake))
          } else {
            handshake.succeed()
          }
          try addHandlers(channel)
        }
      }
      .connect(host: "127.0.0.1", port: port).get()
    try await handshake.futureResult.get()
    if !reads { try await channel.setOption(.autoRead, value: false).get() }
    return channel
  }

  private final class Handshake: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let promise: EventLoopPromise<Void>

    init(_ promise: EventLoopPromise<Void>) { self.promise = promise }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if case .handshakeCompleted? = event as? TLSUserEvent { promise.succeed() }
      context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
      promise.fail(ChannelError.eof)
      context.fireChannelInactive()
    }
  }
}
