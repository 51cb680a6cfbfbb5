import Catalog
import Logging
import Simulator
import TestKit
import Testing

@testable import Fleet
@testable import Probing

@Suite("Simulated engines, from socket to snapshot")
struct SimulatedFleetTests {
  @Test(arguments: [
    (EngineMode.gone, ModelState.unreachable), (.hang, .unreachable), (.failing, .failed), (.unhealthy, .failed),
    (.garbage, .failed), (.truncated, .failed), (.huge, .failed),
  ])
  func `one bad engine harms only its own replicas, and recovers`(mode: EngineMode, state: ModelState) async throws {
    let simulated = try await SimulatedFleet.start(FleetShape(engines: 3, models: 1, adapters: 1, replicas: 3))
    let catalog = try ModelCatalog(store: MemoryStore(epoch: 1), codec: PlainFactCodec(), encoder: PlainModelEncoder())
    var settings = ProbeSettings()
    settings.interval = .milliseconds(50)
    settings.timeout = .seconds(1)
    let fleet = FleetMonitor(
      settings: settings, prober: HTTPProber(), sink: catalog,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let specs = try simulated.engines.map { try EngineSpec(url: $0.url) }
    fleet.received(SourceAnswer.static(specs))
    let bad = specs[1].id
    try await withThrowingTaskGroup { group in
      group.addTask { await fleet.run() }
      try await until { states(catalog).filter { $0.value == .ready }.count == 3 }
      try await simulated.set(mode, 1)
      try await until { states(catalog)[bad] == state }
      try await until { states(catalog).filter { $0.value == .ready }.count == 2 }
      try await simulated.set(.ok, 1)
      try await until { states(catalog)[bad] == .ready }
      try simulated.loadAdapter("new-lora", on: 0)
      try await until { model("new-lora", in: catalog)?.kind == .adapter }
      #expect(model("new-lora", in: catalog)?.parent == "sim-org/model-000")
      group.cancelAll()
    }
    await simulated.shutdown()
  }

  @Test(arguments: [
    (EngineMode.ok, ModelState.ready), (.asleep, .cold), (.gone, .unreachable), (.hang, .unreachable),
    (.failing, .failed), (.unhealthy, .failed), (.garbage, .failed), (.truncated, .failed), (.huge, .failed),
  ])
  func `a restart without a change writes nothing`(mode: EngineMode, state: ModelState) async throws {
    let simulated = try await SimulatedFleet.start(FleetShape(engines: 2, models: 2, adapters: 1))
    let store = MemoryStore(epoch: 1)
    let specs = try simulated.engines.map { try EngineSpec(url: $0.url) }
    let before = try catalog(store)
    // Whoever does not answer is waited for; the others may take long on a busy machine.
    let timeout = Duration.seconds(mode == .hang ? 6 : 30)
    try await run(before, specs, timeout) {
      try await until { before.view.isReady }
      try await simulated.set(mode, 1)
      try await until { before.engine(id: specs[1].id)?.condition.state == state }
    }
    let (revision, content) = (store.revision, before.view.snapshot.contentHash(namespace: nil, sight: .all))
    let after = try catalog(store)
    try await run(after, specs, timeout) { try await until { after.view.isReady } }
    #expect(store.revision == revision)
    #expect(after.view.snapshot.contentHash(namespace: nil, sight: .all) == content)
    await simulated.shutdown()
  }

  private func catalog(_ store: MemoryStore) throws -> ModelCatalog {
    try ModelCatalog(store: store, codec: PlainFactCodec(), encoder: PlainModelEncoder())
  }

  /// Runs a fleet that starts from what a catalog knows, beside a test's body.
  private func run(
    _ catalog: ModelCatalog, _ specs: [EngineSpec], _ timeout: Duration,
    _ body: @escaping @Sendable () async throws -> Void
  ) async throws {
    var settings = ProbeSettings()
    settings.interval = .milliseconds(50)
    settings.timeout = timeout
    let fleet = FleetMonitor(
      settings: settings, prober: HTTPProber(), sink: catalog,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
      known: catalog.engines().map { ($0, catalog.replicas(engineID: $0.id)) })
    fleet.received(SourceAnswer.static(specs))
    try await withThrowingTaskGroup { group in
      group.addTask { await fleet.run() }
      try await body()
      group.cancelAll()
    }
  }

  /// States of the base model's replicas, by engine.
  private func states(_ catalog: ModelCatalog) -> [String: ModelState] {
    let replicas = model("sim-org/model-000", in: catalog)?.replicas ?? []
    return Dictionary(replicas.map { ($0.engineID, $0.condition.state) }) { first, _ in first }
  }

  private func model(_ id: String, in catalog: ModelCatalog) -> Model? {
    catalog.view.snapshot.model(ModelKey(namespace: defaultNamespace, id: id), sight: .all)?.model
  }
}
