internal import ArgumentParser

/// Where `rollcall serve` finds engines beside those that are named to it.
struct SourceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The cluster of engines for which nothing else is said, and the name of this server among its peers.",
      valueName: "name"),
    transform: { try SourceSettings.checkCluster($0) })
  var cluster: String?

  func tell(_ commandLine: inout ConfigFile) {
    commandLine.sources.cluster = cluster
  }
}
