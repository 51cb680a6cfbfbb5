internal import ArgumentParser
internal import HTTP

/// The flags of `rollcall serve` about the places at which engines may be.
struct EgressOptions: ParsableArguments {
  @Option(
    name: .customLong("allow-engine-address"),
    help: ArgumentHelp(
      """
      Addresses at which engines may be, as often as there are (default: all but those of clouds' metadata services); \
      those of metadata services need a range within theirs.
      """, valueName: "cidr"),
    transform: parseAddressRange)
  var allowed: [AddressRange] = []

  @Option(
    name: .customLong("deny-engine-address"),
    help: ArgumentHelp("Addresses at which no engine may be, as often as there are.", valueName: "cidr"),
    transform: parseAddressRange)
  var denied: [AddressRange] = []

  @Option(
    name: .customLong("engine-scheme"),
    help: ArgumentHelp(
      "A scheme that URLs of engines may have, http or https, as often as there are (default: http and https).",
      valueName: "scheme"),
    transform: parseEngineScheme)
  var schemes: [String] = []

  /// Copies these flags into the layer of the command line.
  func state(in commandLine: inout SettingsLayer) {
    commandLine.egress = EgressSettings(allowed: allowed, denied: denied, schemes: schemes)
  }
}
