internal import ArgumentParser

/// The flags of `rollcall serve` about probes.
struct ProbeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Time between two probes of an engine (default: 5s).", valueName: "duration"),
    transform: parseDuration)
  var probeInterval: Duration?

  @Option(
    help: ArgumentHelp("Time that an engine has to answer a probe (default: 2s).", valueName: "duration"),
    transform: parseDuration)
  var probeTimeout: Duration?

  @Option(
    help: ArgumentHelp(
      """
      Longest time between two probes of an engine that does not answer; one that refuses connections is probed at least \
      every two intervals (default: two intervals).
      """, valueName: "duration"),
    transform: parseDuration)
  var maxBackoff: Duration?

  @Option(
    help: ArgumentHelp(
      "Largest number of models that are taken of one engine, the first by id; at most 65536 (default: 4096).",
      valueName: "n"),
    transform: parseModelLimit)
  var maxModelsPerEngine: Int?

  @Option(
    help: ArgumentHelp(
      "Time after which the models of an engine that does not answer are removed (default: 15m).",
      valueName: "duration"),
    transform: parseDuration)
  var forgetAfter: Duration?

  @Option(
    help: ArgumentHelp(
      "Good answers in a row after which an engine that was away is READY again (default: 1).", valueName: "n"),
    transform: parseProbeCount)
  var rise: Int?

  @Option(
    help: ArgumentHelp(
      "Failures in a row after which an engine is UNREACHABLE or FAILED; a refused connection needs one (default: 2).",
      valueName: "n"),
    transform: parseProbeCount)
  var fall: Int?

  @Option(
    help: ArgumentHelp(
      """
      Time that an engine may show requests in flight without a token of progress; then the server \
      requests one token, or one embedding, and the engine is FAILED when no answer comes (default: 60s).
      """, valueName: "duration"),
    transform: parseDuration)
  var stallAfter: Duration?

  @Option(
    help: ArgumentHelp(
      """
      Request one token, or one embedding, of every engine that showed no progress for so long, also of an idle engine: \
      this finds engines that hang and show no work. Sends real requests (default: off).
      """, valueName: "duration"),
    transform: parseDuration)
  var proofOfLife: Duration?

  @Option(
    help: ArgumentHelp("Time that such a request may take (default: 15s).", valueName: "duration"),
    transform: parseDuration)
  var proofTimeout: Duration?

  /// Copies these flags into the layer of the command line.
  func state(in commandLine: inout SettingsLayer) {
    commandLine.probeInterval = probeInterval
    commandLine.probeTimeout = probeTimeout
    commandLine.maxBackoff = maxBackoff
    commandLine.maxModelsPerEngine = maxModelsPerEngine
    commandLine.forgetAfter = forgetAfter
    commandLine.rise = rise
    commandLine.fall = fall
    commandLine.stallAfter = stallAfter
    commandLine.proofOfLife = proofOfLife
    commandLine.proofTimeout = proofTimeout
  }
}
