internal import Glibc
internal import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import Services
internal import Transport

/// Accepts connections until the shutdown, then drains.
struct ServerService: Service {
  /// The longest time that running requests have to end.
  private static let drainLimit = Duration.seconds(10)

  let server: Server
  let draining: Draining
  let delay: DrainDelay
  let listen: HostPort
  let logger: Logger

  /// Runs the server. Throws `CommandError` when the address is taken.
  func run() async throws {
    let address: SocketAddress
    do {
      address = try await server.start()
    } catch {
      throw CommandError("cannot listen on \(listen): \(reason(error))")
    }
    let chosen = HostPort(host: listen.host, port: address.port ?? listen.port)
    // A server with a closed standard output goes on.
    try? Terminal.print("rollcall: listening on http://\(chosen)\n")
    logger.info("listening", metadata: ["address": "\(chosen)", "version": "\(Version.text)"])
    try? await gracefulShutdown()
    draining.begin()
    server.wake()
    if delay.duration > .zero {
      logger.info("not ready from now on; listening goes on", metadata: ["drain_delay": "\(delay.duration)"])
      await delay.pass()
    }
    logger.info("draining")
    try await server.shutDown(within: Self.drainLimit)
    logger.info("stopped")
  }

  private func reason(_ error: any Error) -> String {
    switch (error as? IOError)?.errnoCode {
    case EADDRINUSE: "something else listens there: stop it, or choose another address with --listen"
    case EACCES: "this user may not: choose a port above 1023 with --listen"
    case EADDRNOTAVAIL: "this machine has no such address: choose another with --listen"
    default: "\(error)"
    }
  }
}
