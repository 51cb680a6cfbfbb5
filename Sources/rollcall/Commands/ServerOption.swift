internal import ArgumentParser
internal import Foundation

/// The server that a command calls: from the command line, else from `ROLLCALL_SERVER`, else the default.
struct ServerOption: ParsableArguments {
  /// The name of the setting in the environment.
  static let key = "server"
  private static let usual = HostPort(host: "127.0.0.1", port: 8080)

  @Option(
    name: .customLong("server"),
    help: ArgumentHelp(
      "Where `rollcall serve` listens (default: ROLLCALL_SERVER in the environment, else 127.0.0.1:8080).",
      valueName: "host:port"),
    transform: { try HostPort($0) })
  var given: HostPort?

  var server: HostPort { given ?? (try? Self.inEnvironment()) ?? Self.usual }

  func validate() throws {
    guard given == nil else { return }
    do {
      _ = try Self.inEnvironment()
    } catch {
      throw ValidationError("\(error)")
    }
  }

  /// The server of `ROLLCALL_SERVER`; nil when it is not set. Throws `CommandError` with the variable's name.
  private static func inEnvironment() throws -> HostPort? {
    var variables = EnvironmentVariables(ProcessInfo.processInfo.environment)
    return try variables.value(key) { try HostPort($0) }
  }
}
