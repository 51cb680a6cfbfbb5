internal import ArgumentParser

/// The models that a command asks for.
struct QueryOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Only this namespace (default: every one).", valueName: "name"))
  var namespace = ""

  // It may begin with a dash, which is NOT.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Only models that match (AIP-160), such as 'state = READY AND labels.tier = gold'.",
      valueName: "filter"))
  var filter = ""
}
