internal import Fleet
internal import HTTP
internal import Logging
internal import NIOCore

/// The settings of a server. Each comes from the command line, else from the environment, else from the file, else it
/// has its default.
struct ServeSettings: Equatable {
  var listen = HostPort(host: "127.0.0.1", port: 8080)
  /// The number of threads that serve connections.
  var threads = System.coreCount
  var probes = ProbeSettings()
  var logLevel = Logger.Level.info
  var measureLoops = false
  var place = StorePlace.memory
  var history = Duration.seconds(3600)
  var historyChanges = 100_000
  /// The most bytes of the history.
  var historySize = 64 << 20
  var remember = Duration.seconds(90 * 86_400)
  var commitDelay = Duration.milliseconds(5)
  /// Whether clients on other machines may call the admin API.
  var adminInsecure = false
  /// From a signal to stop until the server stops listening, so that balancers see that it is not ready.
  var drainDelay = Duration.zero
  /// The limits of clients; `connections` may have to be lower for want of open files (`ConnectionBudget`).
  var limits = Limits()
  /// Addresses to which the limits of one peer do not apply, of all layers.
  var trustedProxies: [AddressRange] = []
  /// nil: the server speaks no TLS.
  var tls: PortTLS?
  /// Addresses whose connections have to begin with a PROXY header, of all layers.
  var proxyProtocol: [AddressRange] = []
  /// The origins whose pages may read REST's answers, of the highest layer that names some; nil: none.
  var allowedOrigins: AllowedOrigins?
  /// Whether REST answers the requests for models of Ollama's API.
  var servesOllama = true
  /// The places at which engines may be.
  var egress = EgressPolicy()
  var sources = SourceSettings()
  /// The engines of all layers, each once.
  var engines: [EngineSpec] = []
  /// Whether the settings name engines, or state that there are none.
  var statesEngines = true

  init() {}

  /// Joins the engines and sources of all layers. Throws `CommandError` when two have the same name, and when no
  /// setting and no home directory gives a place for the data.
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
    if let value = first(\.maxBackoff) { probes.maxBackOff = value }
    if let value = first(\.maxModelsPerEngine) { probes.modelLimit = value }
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
    if let value = first(\.drainDelay) { drainDelay = value }
    for setting in layers.reversed().flatMap(\.limits) { limits[setting.limit] = setting.value }
    trustedProxies = layers.flatMap(\.trustedProxies)
    tls = try PortTLS(layers.map(\.tls))
    proxyProtocol = layers.flatMap(\.proxyProtocol)
    allowedOrigins = first(\.allowedOrigins)
    if let value = first(\.noOllamaAPI) { servesOllama = !value }
    egress = EgressSettings.policy(of: layers.map(\.egress))
    place = try Self.place(layers)
    let kubernetes = commandLine.kubernetes.over(environment.kubernetes)
    guard kubernetes.isWanted != false || layers.allSatisfy(\.sources.kubernetes.isEmpty) else {
      throw CommandError(
        "ROLLCALL_KUBERNETES is false, but the configuration file names Kubernetes clusters: remove one of the two")
    }
    sources = try SourceSettings.joined(layers.map(\.sources), kubernetes)
    probes.cluster = sources.cluster ?? ""
    engines = EngineSpec.withDistinctIDs(layers.flatMap(\.engines))
    statesEngines = !engines.isEmpty || file?.statesEngines ?? true
    do {
      try EngineSpec.checkUnique(engines)
    } catch {
      throw CommandError(error.description)
    }
  }

  /// The place of the highest layer that names a place. `in_memory: false` cancels an `in_memory: true` of a lower
  /// layer.
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
