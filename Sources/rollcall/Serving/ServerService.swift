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
  let settings: ServeSettings
  let logger: Logger

  /// Runs the server. Throws `CommandError` when the address is taken.
  func run() async throws {
    let secured = settings.tls.map { $0.listen ?? settings.listen }
    let addresses: Server.Addresses
    do {
      addresses = try await server.start()
    } catch let error as Server.ListenError {
      let (address, flag) =
        error.isSecured && settings.tls?.listen != nil
        ? (secured ?? settings.listen, "--tls-listen") : (settings.listen, "--listen")
      throw CommandError("cannot listen on \(address): \(reason(error.cause, flag))")
    }
    announce(addresses.clear, settings.listen, "http")
    if let secured { announce(addresses.secured, secured, "https") }
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

  /// - Parameter address: with the port that the system chose; nil: the server does not listen there.
  private func announce(_ address: SocketAddress?, _ wanted: HostPort, _ scheme: String) {
    guard let address else { return }
    let chosen = HostPort(host: wanted.host, port: address.port ?? wanted.port)
    // A server with a closed standard output goes on.
    try? Terminal.print("rollcall: listening on \(scheme)://\(chosen)\n")
    logger.info(
      "listening", metadata: ["address": "\(chosen)", "scheme": "\(scheme)", "version": "\(Version.text)"])
  }

  private func reason(_ error: any Error, _ flag: String) -> String {
    switch (error as? IOError)?.errnoCode {
    case EADDRINUSE: "something else listens there: stop it, or choose another address with \(flag)"
    case EACCES: "this user may not: choose a port above 1023 with \(flag)"
    case EADDRNOTAVAIL: "this machine has no such address: choose another with \(flag)"
    default: "\(error)"
    }
  }
}
