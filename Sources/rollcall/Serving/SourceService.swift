internal import Fleet
internal import ServiceLifecycle

/// Runs a source, which reports its engines to the fleet, until the shutdown.
struct SourceService: Service {
  let source: any EngineSource
  let fleet: FleetMonitor

  func run() async {
    await cancelWhenGracefulShutdown { await source.run(fleet) }
  }
}
