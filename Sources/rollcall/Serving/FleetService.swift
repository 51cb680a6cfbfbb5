internal import Fleet
internal import ServiceLifecycle

/// Probes engines until the shutdown.
struct FleetService: Service {
  let fleet: FleetMonitor

  func run() async {
    await cancelWhenGracefulShutdown { await fleet.run() }
  }
}
