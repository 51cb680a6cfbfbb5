internal import Fleet
internal import Logging

/// Everything that `rollcall serve` is told: what the command line says, else the file, else the default.
struct ServeSettings: Equatable {
  var listen = HostPort(host: "127.0.0.1", port: 8080)
  var probes = ProbeSettings()
  var logLevel = Logger.Level.info
  var measureLoops = false
  var place = StorePlace.memory
  var history = Duration.seconds(3600)
  var historyChanges = 100_000
  /// Bytes.
  var historySize = 64 << 20
  var remember = Duration.seconds(90 * 86_400)
  var commitDelay = Duration.milliseconds(5)
  /// Whether other machines may administrate.
  var adminInsecure = false
  var sources = SourceSettings()
  /// Of the command line and of the file, each once.
  var engines: [EngineSpec] = []

  /// Whether engines are named, or said to be none.
  var saysEngines = true

  init() {}

  /// Throws `CommandError` when an engine is named twice, and when nothing says where to keep what is known.
  init(commandLine: ConfigFile, file: ConfigFile?) throws {
    func first<Value>(_ path: KeyPath<ConfigFile, Value?>) -> Value? {
      commandLine[keyPath: path] ?? file?[keyPath: path]
    }
    if let value = first(\.listen) { listen = value }
    if let value = first(\.probeInterval) { probes.interval = value }
    if let value = first(\.probeTimeout) { probes.timeout = value }
    if let value = first(\.forgetAfter) { probes.forgetAfter = value }
    if let value = first(\.rise) { probes.rise = value }
    if let value = first(\.fall) { probes.fall = value }
    if let value = first(\.stallAfter) { probes.stallAfter = value }
    if let value = first(\.proofOfLife) { probes.proofOfLife = value }
    if let value = first(\.proofTimeout) { probes.proofTimeout = value }
    if let value = first(\.logLevel) { logLevel = value }
    if let value = first(\.measureLoops) { measureLoops = value }
    if let value = first(\.history) { history = value }
    if let value = first(\.historyChanges) { historyChanges = value }
    if let value = first(\.historySize) { historySize = value }
    if let value = first(\.remember) { remember = value }
    if let value = first(\.commitDelay) { commitDelay = value }
    if let value = first(\.adminInsecure) { adminInsecure = value }
    guard let place = first(\.place) ?? StorePlace.usual() else {
      throw CommandError("there is no home directory to keep data in: choose a directory with --data, or --in-memory")
    }
    self.place = place
    sources = try SourceSettings.joined(commandLine.sources, file?.sources ?? SourceSettings())
    probes.cluster = sources.cluster ?? ""
    saysEngines = !commandLine.engines.isEmpty || file?.saysEngines ?? true
    engines = commandLine.engines + (file?.engines ?? [])
    do {
      try EngineSpec.checkUnique(engines)
    } catch {
      throw CommandError(error.description)
    }
  }
}
