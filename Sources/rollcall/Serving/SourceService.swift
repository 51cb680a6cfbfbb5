internal import Fleet
internal import ServiceLifecycle

/// Has one source tell the fleet what it finds until it is told to stop.
struct SourceService: Service {
  let source: any EngineSource
  let fleet: FleetMonitor

  func run() async {
    await cancelWhenGracefulShutdown { await source.run(fleet) }
  }
}
