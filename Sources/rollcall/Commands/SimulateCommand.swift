internal import ArgumentParser
internal import Foundation
internal import Simulator

/// `rollcall simulate`.
struct SimulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Run a fleet of engines that answer as vLLM does, for trying and testing.",
    discussion: """
      Every engine listens on a port of its own, after the control server's. Neighbouring engines serve the same \
      models: with 4 engines, 2 models and 2 replicas, engines 0 and 1 serve model-000 and model-001, engines 2 and 3 \
      serve model-002 and model-003.

      Examples:
        rollcall simulate --engines 3 --write-config fleet.yaml
        rollcall simulate --engines 1000 --models 10 --replicas 1 --adapters 2
        curl localhost:9000/_simulate/engines
        curl -X POST 'localhost:9000/_simulate/engines/0?mode=gone'
        curl -X POST 'localhost:9000/_simulate/engines/0-9' -d '{"mode":"slow","delay_ms":3000}'

      Modes: \(EngineMode.names.joined(separator: ", ")).
      """)

  @Option(help: ArgumentHelp("Number of engines.", valueName: "n"))
  var engines = 3

  @Option(help: ArgumentHelp("Base models on each engine.", valueName: "n"))
  var models = 1

  @Option(help: ArgumentHelp("LoRA adapters on each engine.", valueName: "n"))
  var adapters = 0

  @Option(
    help: ArgumentHelp("Engines that serve the same models (default: 2, or 1 for a single engine).", valueName: "n"))
  var replicas: Int?

  @Option(help: ArgumentHelp("Require this key on /v1, as --api-key of vLLM does.", valueName: "key"))
  var key: String?

  @Flag(help: "Make up no traffic: counters move only by completions that clients request.")
  var idle = false

  @Option(
    help: ArgumentHelp("Add so much to each engine's metrics, such as 100KiB (default: nothing).", valueName: "size"),
    transform: parseSize)
  var metricsSize: Int?

  @Option(
    help: ArgumentHelp(
      "Where the control server listens (default: 127.0.0.1:9000); port 0 chooses free ports for everything.",
      valueName: "host:port"),
    transform: { try HostPort($0) })
  var listen = HostPort(host: "127.0.0.1", port: 9000)

  @Option(help: ArgumentHelp("Write a file for `rollcall serve --config` that names the engines.", valueName: "file"))
  var writeConfig: String?

  func validate() throws {
    guard (1...10_000).contains(engines) else { throw ValidationError("--engines must be 1 to 10000") }
    guard (1...10_000).contains(models) else { throw ValidationError("--models must be 1 to 10000") }
    guard (0...10_000).contains(adapters) else { throw ValidationError("--adapters must be 0 to 10000") }
    guard (1...10_000).contains(replicas ?? 1) else { throw ValidationError("--replicas must be 1 to 10000") }
    guard metricsSize ?? 0 <= 8 << 20 else { throw ValidationError("--metrics-size must be at most 8MiB") }
  }

  func run() async throws {
    OpenFileLimit.raise()
    let shape = FleetShape(
      engines: engines, models: models, adapters: adapters, replicas: replicas, key: key, isIdle: idle,
      metricsPadding: metricsSize ?? 0)
    let signals = await TerminationSignals()
    let fleet = try await SimulatedFleet.start(shape, host: listen.host, port: listen.port)
    if let writeConfig {
      do {
        try Data(fleet.configuration.utf8).write(to: URL(filePath: writeConfig), options: .atomic)
      } catch {
        throw CommandError("cannot write \(writeConfig): \(error.localizedDescription)")
      }
    }
    try Terminal.print("rollcall: \(engines) simulated engines, controlled at \(fleet.url)/_simulate\n")
    await signals.first()
    await fleet.shutdown()
  }
}
