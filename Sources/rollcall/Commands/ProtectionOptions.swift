internal import ArgumentParser
internal import HTTP

/// The flags of `rollcall serve` about its clients: its protection from them, and the clients that it serves.
struct ProtectionOptions: ParsableArguments {
  @Option(
    name: .customLong("limit"),
    help: ArgumentHelp(
      "A limit of clients, as often as there are; `rollcall limits` lists them with their defaults.",
      valueName: "name=value"),
    transform: { try LimitSetting(argument: $0) })
  var limits: [LimitSetting] = []

  @Option(
    name: .customLong("trusted-proxy"),
    help: ArgumentHelp(
      "Addresses of proxies, as often as there are: limits of one address do not hold for them, as many clients share it.",
      valueName: "cidr"),
    transform: parseAddressRange)
  var trustedProxies: [AddressRange] = []

  @Option(
    name: .customLong("proxy-protocol"),
    help: ArgumentHelp(
      "Addresses of proxies that begin each connection with a PROXY header (version 1 or 2), as often as there are; its client counts as the peer.",
      valueName: "cidr"),
    transform: parseAddressRange)
  var proxyProtocol: [AddressRange] = []

  @Option(
    help: ArgumentHelp(
      "How long the server goes on answering after SIGTERM while its health says no, so that balancers see it (default: 0s).",
      valueName: "duration"),
    transform: parseDrainDelay)
  var drainDelay: Duration?

  @Option(
    name: .customLong("allow-origin"),
    help: ArgumentHelp(
      "Web origins whose pages may read REST's answers in a browser, as often as there are, or * for all (default: none).",
      valueName: "origin[,origin]..."),
    transform: parseAllowedOrigins)
  var allowedOrigins: [AllowedOrigins] = []

  @Flag(help: "Do not answer /api/tags, /api/ps, /api/show and /api/version as Ollama does.")
  var noOllamaApi = false

  func validate() throws {
    do {
      _ = try AllowedOrigins(joining: allowedOrigins)
    } catch {
      throw ValidationError("--allow-origin: \(error)")
    }
  }

  /// Copies these flags into the layer of the command line.
  func state(in commandLine: inout SettingsLayer) {
    commandLine.limits = limits
    commandLine.trustedProxies = trustedProxies
    commandLine.proxyProtocol = proxyProtocol
    commandLine.drainDelay = drainDelay
    // `validate` has refused what cannot be joined.
    commandLine.allowedOrigins = try? AllowedOrigins(joining: allowedOrigins)
    commandLine.noOllamaAPI = noOllamaApi ? true : nil
  }
}
