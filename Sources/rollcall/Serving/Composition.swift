internal import Catalog
internal import DNS
internal import Fleet
internal import HTTP
internal import Logging
internal import NIOCore
internal import Probing
internal import ServiceLifecycle
internal import Services
internal import Sources
internal import TLS
internal import Transport

/// Puts the parts of `rollcall serve` together: store, catalog, discovery, services, transport.
struct Composition {
  private let settings: ServeSettings
  private let catalog: ModelCatalog
  private let fleet: FleetMonitor
  private let sources: RunningSources
  private let registrations: Registrations
  private let server: Server
  /// nil: the server speaks no TLS.
  private let certificates: CertificateService?
  private let draining: Draining
  private let drainDelay: DrainDelay
  private let logger: Logger

  /// Serves until a signal stops the server. `openFiles` is the number of files that the process may open; `reload`
  /// reads the settings again. Throws `CommandError`.
  static func run(
    _ settings: ServeSettings, _ signals: ServeSignals, openFiles: Int,
    reload: @escaping @Sendable () throws -> ServeSettings
  ) async throws {
    let logger = Logger(label: "rollcall")
    let ownFiles = OpenFileLimit.ownFiles(loops: settings.threads + System.coreCount)
    let budget = try ConnectionBudget(settings.limits, openFiles: openFiles, ownFiles: ownFiles)
    if budget.isLowered {
      logger.notice(
        "clients may have fewer connections than the settings say, so that files remain for probes and operators",
        metadata: [
          "connections": "\(budget.limits[.connections])", "reserved": "\(budget.limits[.reservedConnections])",
          "open_files": "\(openFiles)", "probes": "\(budget.probes)",
        ])
    }
    let store = try OpenStore(settings.place, logger: Logger(label: "storage"))
    defer { store.close(logger) }
    let catalog = try await store.load(settings, logger: logger)
    try await Composition(settings, catalog, budget, logger: logger).run(signals, reload: reload)
  }

  private init(_ settings: ServeSettings, _ catalog: ModelCatalog, _ budget: ConnectionBudget, logger: Logger) throws {
    let limits = budget.limits
    self.settings = settings
    self.catalog = catalog
    self.logger = logger
    let sources = try Self.sources(settings, of: settings.probes.cluster)
    var probes = settings.probes
    probes.concurrency = min(probes.concurrency, budget.probes)
    let names = NameResolver(longestLifetime: settings.sources.nameInterval)
    let fleet = FleetMonitor(
      settings: probes, prober: HTTPProber(names: names, egress: settings.egress), sink: catalog,
      logger: Logger(label: "discovery"),
      expecting: Set(sources.map(\.source.id) + [SourceID.static, .registration]),
      known: catalog.knownEngines(), orphans: catalog.orphanEngineIDs())
    self.fleet = fleet
    self.sources = RunningSources(sources, fleet: fleet)
    let registrations = Registrations(
      catalog.registrations(), store: catalog, fleet: fleet, cluster: settings.probes.cluster, egress: settings.egress,
      logger: Logger(label: "discovery"))
    self.registrations = registrations
    let counts = LimitCounts(limits)
    var environment = ServiceEnvironment(
      catalog: catalog, registry: EngineDirectory(fleet: fleet, registrations: registrations),
      version: Version.text, now: { Timestamp.now }, limits: counts, adminIsOpen: settings.adminInsecure,
      engineKinds: EngineKind.allCases.map(\.rawValue), metricsPaths: EngineKind.metricsPaths,
      unreachable: { fleet.unreachableSources })
    environment.allowedOrigins = settings.allowedOrigins
    environment.servesOllama = settings.servesOllama
    environment.cluster = settings.probes.cluster
    environment.trouble = { fleet.trouble }
    environment.progress = { fleet.progress }
    draining = environment.draining
    drainDelay = DrainDelay(settings.drainDelay)
    let metrics = MetricsRegistry()

    fleet.received(try StaticSource(settings.engines).answer)

    var listening = ServerConfiguration()
    listening.host = settings.listen.host
    listening.port = settings.listen.port
    listening.threads = settings.threads
    listening.measuresLoops = settings.measureLoops
    listening.limits = limits
    listening.trustedProxies = settings.trustedProxies
    listening.proxyProtocol = settings.proxyProtocol
    var certificates: CertificateService?
    if let tls = settings.tls {
      let loaded: ServerCertificates
      do {
        loaded = try ServerCertificates(tls.files)
      } catch {
        throw CommandError("\(error)")
      }
      let address = tls.listen ?? settings.listen
      listening.listensInClear = tls.listen != nil
      listening.secured = SecuredAddress(host: address.host, port: address.port, certificates: loaded)
      certificates = CertificateService(loaded, logger: logger)
    }
    self.certificates = certificates
    let server = Server(
      configuration: listening, services: GRPCServices.all(environment),
      responder: RESTService(environment, metrics: metrics), limits: counts, logger: Logger(label: "transport"))
    self.server = server
    metrics.add(fleet.metrics)
    metrics.add(server)
    if let certificates { metrics.add(certificates) }
    catalog.onPublish { server.wake() }
  }

  private static func sources(_ settings: ServeSettings, of cluster: String) throws -> [ChosenSource] {
    try settings.sources.chosen(cluster: cluster, settings.probes, logger: Logger(label: "discovery"))
  }

  private func run(_ signals: ServeSignals, reload: @escaping @Sendable () throws -> ServeSettings) async throws {
    let first: [any Service] = [
      StoreService(catalog: catalog, logger: logger),
      HousekeepingService(catalog: catalog, remember: settings.remember, logger: logger),
      FleetService(fleet: fleet),
      HeapTrimService(logger: logger),
    ]
    let certificates: [any Service] = certificates.map { [$0] } ?? []
    let finders: [any Service] = [sources, SourceService(source: registrations, fleet: fleet)]
    let rest: [any Service] = [
      ServerService(server: server, draining: draining, delay: drainDelay, settings: settings, logger: logger)
    ]
    let services = first + certificates + finders + rest
    // The services start in this order and stop in reverse: the catalog stays alive until the last answer is sent.
    let group = ServiceGroup(configuration: .init(services: services.map { .init(service: $0) }, logger: logger))
    let cluster = settings.probes.cluster
    let reloader = Reloader(settings: settings, fleet: fleet, logger: logger, read: reload) { [sources] new in
      let chosen = try Self.sources(new, of: cluster)
      return { await sources.replace(with: chosen) }
    }
    // Reloads run in a task of their own, so that a source that ends slowly does not delay a signal to stop.
    let (reloads, requests) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { [drainDelay] in
        await signals.handle(
          reload: { requests.yield() }, stop: { await group.triggerGracefulShutdown() },
          hurry: { drainDelay.end() })
      }
      tasks.addTask { [certificates = self.certificates] in
        for await _ in reloads {
          certificates?.look()
          await reloader.reload()
        }
      }
      try await group.run()
      tasks.cancelAll()
    }
  }
}
