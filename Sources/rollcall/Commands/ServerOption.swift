internal import ArgumentParser
internal import Foundation
internal import HTTP

/// The server that a command calls and how it checks that server: from the command line, else from the environment, else
/// the default.
struct ServerOption: ParsableArguments {
  /// The names of the settings in the environment.
  static let keys = ["server", "tls", "ca", "cert", "key", "server_name"]
  private static let schemes = ["http", "https"]
  private static let usual = "127.0.0.1:8080"

  @Option(
    name: .customLong("server"),
    help: ArgumentHelp(
      """
      Where `rollcall serve` listens: HOST:PORT, or https://HOST:PORT for TLS (default: ROLLCALL_SERVER in the \
      environment, else 127.0.0.1:8080). The following options have variables, too: ROLLCALL_TLS=true, ROLLCALL_CA, \
      ROLLCALL_CERT, ROLLCALL_KEY, ROLLCALL_SERVER_NAME.
      """, valueName: "host:port"))
  var given: String?

  @Flag(help: "Call the server by TLS.")
  var tls = false

  @Option(
    help: ArgumentHelp(
      "The authorities of the server's certificate, in PEM; means --tls (default: the system's).", valueName: "file"))
  var ca: String?

  @Option(help: ArgumentHelp("This client's certificate, in PEM; means --tls (default: none).", valueName: "file"))
  var cert: String?

  @Option(help: ArgumentHelp("The key of --cert, in PEM (default: it is in --cert).", valueName: "file"))
  var key: String?

  @Option(
    help: ArgumentHelp(
      "The name that the server's certificate must bear; means --tls (default: the host of --server).",
      valueName: "name"))
  var serverName: String?

  var server: ServerPlace {
    // `validate` has refused what cannot be read.
    (try? place(ProcessInfo.processInfo.environment)) ?? ServerPlace(address: HostPort(host: "127.0.0.1", port: 8080))
  }

  func validate() throws {
    do {
      _ = try place(ProcessInfo.processInfo.environment)
    } catch {
      throw ValidationError("\(error)")
    }
  }

  /// Throws `CommandError`.
  func place(_ environment: [String: String]) throws -> ServerPlace {
    var variables = EnvironmentVariables(environment)
    let text: String
    let address: HostPort
    if let given {
      (text, address) = (given, try HostPort(given, schemes: Self.schemes))
    } else {
      text = try variables.value("server") { $0 } ?? Self.usual
      address = try variables.value("server") { try HostPort($0, schemes: Self.schemes) } ?? HostPort(Self.usual)
    }
    func file(_ given: String?, _ key: String) throws -> String? { try given ?? variables.value(key) { $0 } }
    let settings = ClientTLS(
      caFile: try file(ca, "ca"), serverName: try file(serverName, "server_name"), certFile: try file(cert, "cert"),
      certKeyFile: try file(key, "key"))
    guard settings.serverName != "" else { throw CommandError("--server-name must be a name or an address") }
    guard settings.certKeyFile == nil || settings.certFile != nil else {
      throw CommandError("--key needs --cert FILE, the certificate that it belongs to")
    }
    let isOn = try tls || variables.value("tls", parseSwitch) ?? false
    guard isOn || settings != ClientTLS() || text.hasPrefix("https://") else { return ServerPlace(address: address) }
    guard !text.hasPrefix("http://") else {
      throw CommandError(
        "\(text) is without TLS, but options of TLS are given: write https://, or leave the scheme out")
    }
    return ServerPlace(address: address, tls: settings)
  }
}
