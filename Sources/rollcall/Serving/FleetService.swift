internal import Fleet
internal import ServiceLifecycle

/// Probes engines until it is told to stop.
struct FleetService: Service {
  let fleet: FleetMonitor

  func run() async {
    await cancelWhenGracefulShutdown { await fleet.run() }
  }
}
