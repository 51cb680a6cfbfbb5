internal import ArgumentParser
internal import HTTP

/// The flags of `rollcall serve` that protect it from its clients.
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

  /// Copies these flags into the layer of the command line.
  func state(in commandLine: inout SettingsLayer) {
    commandLine.limits = limits
    commandLine.trustedProxies = trustedProxies
  }
}
