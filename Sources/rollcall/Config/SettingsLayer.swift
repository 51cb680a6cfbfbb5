internal import Fleet
internal import HTTP
internal import Logging

/// The settings of `rollcall serve` in one layer: the command line, the environment or the file. nil: the layer does
/// not state the setting.
struct SettingsLayer: Equatable {
  var listen: HostPort?
  /// The number of threads that serve connections.
  var threads: Int?
  var logLevel: Logger.Level?
  var measureLoops: Bool?

  var probeInterval: Duration?
  var probeTimeout: Duration?
  /// The longest time between two probes of an engine that does not answer.
  var maxBackoff: Duration?
  var maxModelsPerEngine: Int?
  var forgetAfter: Duration?
  var rise: Int?
  var fall: Int?
  var stallAfter: Duration?
  var proofOfLife: Duration?
  var proofTimeout: Duration?

  /// The data directory; never together with `inMemory` being true.
  var data: String?
  var inMemory: Bool?
  var history: Duration?
  var historyChanges: Int?
  /// The most bytes of the history.
  var historySize: Int?
  var remember: Duration?
  var commitDelay: Duration?
  var adminInsecure: Bool?
  /// From a signal to stop until the server stops listening.
  var drainDelay: Duration?

  /// Limits of clients; the last of one name counts.
  var limits: [LimitSetting] = []
  /// Addresses to which the limits of one peer do not apply.
  var trustedProxies: [AddressRange] = []
  /// Addresses whose connections have to begin with a PROXY header.
  var proxyProtocol: [AddressRange] = []

  var tls = TLSLayer()

  /// The origins whose pages may read REST's answers.
  var allowedOrigins: AllowedOrigins?
  var noOllamaAPI: Bool?

  var egress = EgressSettings()
  var sources = SourceSettings()
  /// The single cluster that flags and variables describe; the file lists its clusters in `sources`.
  var kubernetes = KubernetesFlags()
  var engines: [EngineSpec] = []
  /// Whether the layer states which engines there are, even if it states that there are none.
  var statesEngines = false
  /// The path of the configuration file; always nil in the layer of the file itself.
  var config: String?

  /// Whether the layer names engines or sources, or a configuration file that may.
  var findsEngines: Bool { !engines.isEmpty || !sources.isEmpty || kubernetes.namesCluster || config != nil }

  /// Reads the settings that have a single value of the same form in the environment and in the file. Throws
  /// `CommandError`.
  mutating func readValues(from reader: inout some SettingsReader) throws {
    listen = try reader.value("listen") { try HostPort($0) }
    threads = try reader.value("threads") { try parseCount($0, in: Self.threadRange) }
    logLevel = try reader.value("log_level", parseLogLevel)
    measureLoops = try reader.value("measure_loops", parseSwitch)

    probeInterval = try reader.value("probe_interval", parseDuration)
    probeTimeout = try reader.value("probe_timeout", parseDuration)
    maxBackoff = try reader.value("max_backoff", parseDuration)
    maxModelsPerEngine = try reader.value("max_models_per_engine", parseModelLimit)
    forgetAfter = try reader.value("forget_after", parseDuration)
    rise = try reader.value("rise", parseProbeCount)
    fall = try reader.value("fall", parseProbeCount)
    stallAfter = try reader.value("stall_after", parseDuration)
    proofOfLife = try reader.value("proof_of_life", parseDuration)
    proofTimeout = try reader.value("proof_timeout", parseDuration)

    data = try reader.value("data", parseDirectory)
    inMemory = try reader.value("in_memory", parseSwitch)
    history = try reader.value("history", parseDuration)
    historyChanges = try reader.value("history_changes", parseHistoryChanges)
    historySize = try reader.value("history_size", parseSize)
    remember = try reader.value("remember", parseDuration)
    commitDelay = try reader.value("commit_delay", parseCommitDelay)
    adminInsecure = try reader.value("admin_insecure", parseSwitch)
    drainDelay = try reader.value("drain_delay", parseDrainDelay)

    tls.listen = try reader.value("tls_listen") { try HostPort($0) }
    tls.clientCAFile = try reader.value("tls_client_ca") { $0 }
    tls.clientAuth = try reader.value("tls_client_auth", parseClientAuth)

    noOllamaAPI = try reader.value("no_ollama_api", parseSwitch)

    sources.cluster = try reader.value("cluster", SourceSettings.checkCluster)
    sources.dnsInterval = try reader.value("dns_interval", parseDuration)
  }

  static let threadRange = 1...1024
}

/// A layer that holds settings as texts under their names.
protocol SettingsReader {
  /// Converts the text under a key such as `probe_interval`; nil when there is none. Throws `CommandError`, which names
  /// the place of the text.
  mutating func value<Value>(_ key: String, _ convert: (String) throws -> Value) throws -> Value?
}
