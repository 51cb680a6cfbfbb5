internal import Fleet
internal import Logging
internal import NIOCore

/// The settings of a server: each from the command line, else the environment, else the file, else its default.
struct ServeSettings: Equatable {
  var listen = HostPort(host: "127.0.0.1", port: 8080)
  /// Threads that serve connections.
  var threads = System.coreCount
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
  /// Whether peers on other machines may call the admin API.
  var adminInsecure = false
  var sources = SourceSettings()
  /// The engines of all layers, each once.
  var engines: [EngineSpec] = []
  /// Whether engines are named, or said to be none.
  var saysEngines = true

  init() {}

  /// Joins engines and sources of all layers. Throws `CommandError` when one of them is named twice, and when nothing says
  /// where to keep data.
  init(commandLine: SettingsLayer, environment: SettingsLayer = SettingsLayer(), file: SettingsLayer?) throws {
    let layers = [commandLine, environment] + (file.map { [$0] } ?? [])
    func first<Value>(_ path: KeyPath<SettingsLayer, Value?>) -> Value? {
      layers.lazy.compactMap { $0[keyPath: path] }.first
    }
    if let value = first(\.listen) { listen = value }
    if let value = first(\.threads) { threads = value }
    if let value = first(\.logLevel) { logLevel = value }
    if let value = first(\.measureLoops) { measureLoops = value }
    if let value = first(\.probeInterval) { probes.interval = value }
    if let value = first(\.probeTimeout) { probes.timeout = value }
    if let value = first(\.forgetAfter) { probes.forgetAfter = value }
    if let value = first(\.rise) { probes.rise = value }
    if let value = first(\.fall) { probes.fall = value }
    if let value = first(\.stallAfter) { probes.stallAfter = value }
    if let value = first(\.proofOfLife) { probes.proofOfLife = value }
    if let value = first(\.proofTimeout) { probes.proofTimeout = value }
    if let value = first(\.history) { history = value }
    if let value = first(\.historyChanges) { historyChanges = value }
    if let value = first(\.historySize) { historySize = value }
    if let value = first(\.remember) { remember = value }
    if let value = first(\.commitDelay) { commitDelay = value }
    if let value = first(\.adminInsecure) { adminInsecure = value }
    place = try Self.place(layers)
    let kubernetes = commandLine.kubernetes.over(environment.kubernetes)
    sources = try SourceSettings.joined(layers.map(\.sources), kubernetes)
    probes.cluster = sources.cluster ?? ""
    engines = layers.flatMap(\.engines)
    saysEngines = !engines.isEmpty || file?.saysEngines ?? true
    do {
      try EngineSpec.checkUnique(engines)
    } catch {
      throw CommandError(error.description)
    }
  }

  /// The place that the first layer names that names one. `in_memory: false` takes back what lower layers say of memory.
  private static func place(_ layers: [SettingsLayer]) throws -> StorePlace {
    for layer in layers {
      if let directory = layer.data { return .directory(directory) }
      guard let inMemory = layer.inMemory else { continue }
      if inMemory { return .memory }
      if let directory = layers.lazy.compactMap(\.data).first { return .directory(directory) }
      break
    }
    guard let place = StorePlace.usual() else {
      throw CommandError("there is no home directory to keep data in: choose a directory with --data, or --in-memory")
    }
    return place
  }
}
