internal import ArgumentParser
internal import Fleet
internal import Foundation
internal import Logging

/// `rollcall serve`.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Probe engines and serve the list of their models over gRPC and REST, on one port.",
    discussion: """
      Options of an engine follow its URL after commas: kind (vllm, llamacpp, ollama, sglang, tgi, lmdeploy, \
      trtllm, triton, litellm, llama-swap, lmstudio, xinference, infinity, tei, fastchat, transformers, localai, ovms, \
      openai; detected when left out), key, key-env or key-file, auth (bearer, basic for user:password, \
      or header:NAME), list and health (paths below the URL), metrics (on, off), ca-file, server-name, cert-file and \
      cert-key-file (PEM), insecure (true accepts every certificate), timeout, proof-timeout, namespace, cluster, id, \
      draining, and labels.NAME. The same in the file, in YAML, with underscores:

        listen: 127.0.0.1:8080
        probe_interval: 5s
        data: /var/lib/rollcall
        engines:
          - url: http://10.0.0.7:8000
            key_env: VLLM_KEY
            namespace: team-a
            labels: {tier: gold}

      Every option can also be given in the environment: ROLLCALL_ and its name in capitals, with underscores \
      (ROLLCALL_PROBE_INTERVAL=1s, ROLLCALL_IN_MEMORY=true). Where an option may be given several times, its values are \
      separated by spaces or line ends (ROLLCALL_ENGINE="http://a:8000,kind=vllm http://b:8000"). An empty variable \
      counts as not set. The command line wins over the environment, the environment over the file, and the file over the \
      defaults; engines and sources of all three are joined. --kubernetes and the --kube options, with their variables, \
      describe one cluster beside those of the file; ROLLCALL_KUBERNETES=false beside clusters in the file is an error.

      SIGHUP reads the engines and their sources again and drops no connection; a bad file is refused and the old one \
      stays. SIGTERM and SIGINT drain, after --drain-delay; a second one ends that delay, or the server at once.

      With --tls-cert the port speaks TLS 1.2 and 1.3. Files of certificates are looked at every 5 s and at SIGHUP; bad ones \
      are refused and the old ones stay.

      SSL_CERT_FILE and SSL_CERT_DIR stand for the system's certificate authorities.

      Engines may be at every address but those of clouds' metadata services; --allow-engine-address, \
      --deny-engine-address and --engine-scheme narrow that for all sources and registrations, by the addresses that are \
      really dialled.

      API servers of Kubernetes are reached through the kubeconfig's proxy-url, else HTTPS_PROXY, HTTP_PROXY and \
      NO_PROXY; engines are always reached directly, without a proxy.

      Limits protect the server from its clients (--limit; in the file: limits: {streams: 100}); `rollcall limits` lists \
      them. The limits of one address do not hold for --trusted-proxy.

      Facts are kept in a data directory: after a restart the last list is served at once, watches go on where \
      they were, and declared labels are still there.

      Examples:
        rollcall serve --engine http://127.0.0.1:8000
        rollcall serve --engine http://a:8000,key-env=VLLM_KEY,labels.tier=gold --engine http://b:8000
        rollcall serve --engine https://a:8443,ca-file=/etc/llm/ca.pem,server-name=vllm.internal
        rollcall serve --engine https://b/llm,list=/v3/models,key-env=KEY,auth=header:X-API-Key
        rollcall serve --config rollcall.yaml --tls-cert tls.crt --tls-key tls.key --listen 0.0.0.0:8443
        rollcall serve --config rollcall.yaml --listen 0.0.0.0:8080
      """)

  @Option(
    help: ArgumentHelp("Where to listen; port 0 chooses one (default: 127.0.0.1:8080).", valueName: "host:port"),
    transform: { try HostPort($0) })
  var listen: HostPort?

  @Option(
    name: .customLong("engine"),
    help: ArgumentHelp("An engine, as often as there are engines.", valueName: "url[,option=value]..."),
    transform: { KeyedValue($0) { try EngineSpec(argument: $0) } })
  var engines: [KeyedValue<EngineSpec>] = []

  @Option(help: ArgumentHelp("A YAML file with any of these settings.", valueName: "file"))
  var config: String?

  @Option(
    help: ArgumentHelp(
      "trace, debug, info, notice, warning, error or critical (default: info).", valueName: "level"),
    transform: parseLogLevel)
  var logLevel: Logger.Level?

  @Option(help: ArgumentHelp("Threads that serve connections (default: one per core).", valueName: "n"))
  var threads: Int?

  @Flag(
    help: """
      Show at /metrics how long event loops are held up. For diagnosis: it wakes every loop a thousand times a second.
      """)
  var measureLoops = false

  @OptionGroup var sources: SourceOptions

  @OptionGroup var probes: ProbeOptions

  @OptionGroup var store: StoreOptions

  @OptionGroup var tls: TLSOptions

  @OptionGroup var protection: ProtectionOptions

  @OptionGroup var egress: EgressOptions

  func validate() throws {
    let environment: SettingsLayer
    do {
      for engine in engines { try engine.check() }
      (environment, _) = try Self.environment()
    } catch {
      throw ValidationError("\(error)")
    }
    guard commandLine.findsEngines || environment.findsEngines else {
      throw ValidationError(
        """
        there is nothing to probe: give --engine URL, somewhere to find engines (--kubernetes, --dns, --engines-file, --peer), or --config FILE; \
        with a file that says 'engines: []' the server waits for engines that register (see `rollcall simulate` too)
        """)
    }
    guard SettingsLayer.threadRange.contains(threads ?? 1) else {
      throw ValidationError("--threads must be 1 to 1024")
    }
  }

  func run() async throws {
    let openFiles = OpenFileLimit.raise()
    let signals = await ServeSignals()
    let settings = try settings()
    LoggingSystem.bootstrap { LineLogHandler(label: $0, level: settings.logLevel) }
    for name in try Self.environment().unknown {
      Logger(label: "rollcall").warning(
        "a variable of the environment begins with ROLLCALL_ and is no setting", metadata: ["variable": "\(name)"])
    }
    try await Composition.run(settings, signals, openFiles: openFiles) { try self.settings() }
  }

  /// The settings of the environment, and the names of the variables that are not settings. Throws `CommandError`.
  private static func environment() throws -> (layer: SettingsLayer, unknown: [String]) {
    var variables = EnvironmentVariables(ProcessInfo.processInfo.environment)
    return (try SettingsLayer(&variables), variables.unknown)
  }

  /// The layer of the command line.
  var commandLine: SettingsLayer {
    var layer = SettingsLayer()
    layer.listen = listen
    layer.engines = engines.compactMap(\.value)
    layer.statesEngines = !engines.isEmpty
    layer.config = config
    layer.logLevel = logLevel
    layer.threads = threads
    layer.measureLoops = measureLoops ? true : nil
    sources.state(in: &layer)
    probes.state(in: &layer)
    store.state(in: &layer)
    tls.state(in: &layer)
    protection.state(in: &layer)
    egress.state(in: &layer)
    return layer
  }

  /// Reads the environment and the file again. Throws `CommandError`.
  private func settings() throws -> ServeSettings {
    let environment = try Self.environment().layer
    let file = try (config ?? environment.config).map { try SettingsLayer.read($0) }
    return try ServeSettings(commandLine: commandLine, environment: environment, file: file)
  }
}
