internal import ArgumentParser

/// The flags of `rollcall serve` about its store.
struct StoreOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The directory of the stored facts; created when it does not exist. One process at a time may use it (default: "
        + "$XDG_STATE_HOME/rollcall, else ~/.local/state/rollcall).", valueName: "dir"),
    transform: parseDirectory)
  var data: String?

  @Flag(help: "Keep nothing: a restart begins anew, and every watch with RESET.")
  var inMemory = false

  @Option(
    help: ArgumentHelp(
      "How long changes are kept: watches resume from there, and `rollcall diff` looks back so far (default: 1h).",
      valueName: "duration"),
    transform: parseDuration)
  var history: Duration?

  @Option(
    help: ArgumentHelp("How many changes are kept at most (default: 100000).", valueName: "n"),
    transform: parseHistoryChanges)
  var historyChanges: Int?

  @Option(
    help: ArgumentHelp("How much memory they may take (default: 64MiB).", valueName: "size"),
    transform: parseSize)
  var historySize: Int?

  @Option(
    help: ArgumentHelp(
      "How long the labels and the age of a model that no engine serves are remembered, while a server runs (default: 90d).",
      valueName: "duration"),
    transform: parseDuration)
  var remember: Duration?

  @Option(
    help: ArgumentHelp(
      "How long a change may wait for others that are written with it (default: 5ms).", valueName: "duration"),
    transform: parseCommitDelay)
  var commitDelay: Duration?

  @Flag(help: "Take `rollcall label` and other administration from every machine, not from this one alone.")
  var adminInsecure = false

  func validate() throws {
    guard data == nil || !inMemory else { throw ValidationError("--data and --in-memory exclude each other") }
  }

  /// Copies these flags into the layer of the command line.
  func state(in commandLine: inout SettingsLayer) {
    commandLine.data = data
    commandLine.inMemory = inMemory ? true : nil
    commandLine.history = history
    commandLine.historyChanges = historyChanges
    commandLine.historySize = historySize
    commandLine.remember = remember
    commandLine.commitDelay = commitDelay
    commandLine.adminInsecure = adminInsecure ? true : nil
  }
}
