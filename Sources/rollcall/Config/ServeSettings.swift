internal import Discovery
internal import Logging

/// Everything that `rollcall serve` is told: what the command line says, else the file, else the default.
struct ServeSettings: Equatable {
  var listen = HostPort(host: "127.0.0.1", port: 8080)
  var probeInterval = Duration.seconds(5)
  var probeTimeout = Duration.seconds(2)
  var forgetAfter = Duration.seconds(15 * 60)
  var logLevel = Logger.Level.info
  /// Of the command line and of the file, each once.
  var engines: [EngineSpec] = []

  /// Whether engines are named, or said to be none.
  var saysEngines = true

  init() {}

  /// Throws `CommandError` when an engine is named twice.
  init(commandLine: ConfigFile, file: ConfigFile?) throws {
    func first<Value>(_ path: KeyPath<ConfigFile, Value?>) -> Value? {
      commandLine[keyPath: path] ?? file?[keyPath: path]
    }
    if let value = first(\.listen) { listen = value }
    if let value = first(\.probeInterval) { probeInterval = value }
    if let value = first(\.probeTimeout) { probeTimeout = value }
    if let value = first(\.forgetAfter) { forgetAfter = value }
    if let value = first(\.logLevel) { logLevel = value }
    saysEngines = !commandLine.engines.isEmpty || file?.saysEngines ?? true
    engines = commandLine.engines + (file?.engines ?? [])
    do {
      try EngineSpec.checkUnique(engines)
    } catch {
      throw CommandError(error.description)
    }
  }
}
