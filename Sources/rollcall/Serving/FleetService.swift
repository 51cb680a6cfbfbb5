internal import Discovery
internal import ServiceLifecycle

/// Probes engines until it is told to stop.
struct FleetService: Service {
  let fleet: Fleet

  func run() async {
    await cancelWhenGracefulShutdown { await fleet.run() }
  }
}
