internal import ArgumentParser
internal import TLS

/// The flags of `rollcall serve` about TLS on its port.
struct TLSOptions: ParsableArguments {
  @Option(
    name: .customLong("tls-cert"),
    help: ArgumentHelp(
      """
      A certificate with its chain, in PEM: the server speaks TLS. As often as there are; the name that a client asks for \
      (SNI) chooses. Changed files are taken without a restart.
      """, valueName: "file"))
  var certFiles: [String] = []

  @Option(
    name: .customLong("tls-key"),
    help: ArgumentHelp(
      "The key of each --tls-cert, in the same order (default: it is in the certificate's file).", valueName: "file"))
  var keyFiles: [String] = []

  @Option(
    name: .customLong("tls-listen"),
    help: ArgumentHelp(
      "Where to speak TLS, beside --listen without TLS (default: TLS takes the place of --listen).",
      valueName: "host:port"),
    transform: { try HostPort($0) })
  var listen: HostPort?

  @Option(
    name: .customLong("tls-client-ca"),
    help: ArgumentHelp(
      "The authorities of client certificates, in PEM (default: none is asked for).", valueName: "file"))
  var clientCAFile: String?

  @Option(
    name: .customLong("tls-client-auth"),
    help: ArgumentHelp(
      "With --tls-client-ca: required, or optional for clients without a certificate (default: required).",
      valueName: "how"))
  var clientAuth: TLSClientAuth?

  /// Copies these flags into the layer of the command line.
  func state(in commandLine: inout SettingsLayer) {
    commandLine.tls.certFiles = certFiles
    commandLine.tls.keyFiles = keyFiles
    commandLine.tls.listen = listen
    commandLine.tls.clientCAFile = clientCAFile
    commandLine.tls.clientAuth = clientAuth
  }
}

/// Whether a client has to show a certificate.
enum TLSClientAuth: String, ExpressibleByArgument, CaseIterable {
  case required
  case optional
}
