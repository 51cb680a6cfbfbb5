internal import ArgumentParser

/// The options that select the models of a command.
struct QueryOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Only this namespace (default: every one).", valueName: "name"))
  var namespace = ""

  // A filter may begin with a dash, which means NOT.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Only models that match (AIP-160), such as 'state = READY AND labels.tier = gold'.",
      valueName: "filter"))
  var filter = ""
}
