internal import ArgumentParser
internal import Discovery

/// Where `rollcall serve` finds engines beside those that are named to it.
struct SourceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The cluster of engines for which nothing else is said, and the name of this server among its peers.",
      valueName: "name"),
    transform: { try SourceSettings.checkCluster($0) })
  var cluster: String?

  @Option(
    name: .customLong("dns"),
    help: ArgumentHelp(
      """
      A DNS name whose addresses are engines (NAME:PORT, such as that of a headless service), or srv:NAME for SRV \
      records. Options of an engine may follow after commas.
      """, valueName: "name"),
    transform: { try DNSSettings(argument: $0) })
  var dns: [DNSSettings] = []

  @Option(
    help: ArgumentHelp("Time between two questions for a DNS name (default: 10s).", valueName: "duration"),
    transform: DurationText.parse)
  var dnsInterval: Duration?

  @Option(
    name: .customLong("engines-file"),
    help: ArgumentHelp(
      """
      A YAML or JSON file that lists engines (`url` and options, or Prometheus' `targets` and `labels`); read again \
      whenever it changes.
      """, valueName: "file"))
  var engineFiles: [String] = []

  /// Whether any source is given.
  var areGiven: Bool { !dns.isEmpty || !engineFiles.isEmpty }

  func tell(_ commandLine: inout ConfigFile) {
    commandLine.sources.cluster = cluster
    commandLine.sources.dns = dns
    commandLine.sources.dnsInterval = dnsInterval
    commandLine.sources.engineFiles = engineFiles
  }
}
