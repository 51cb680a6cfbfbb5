internal import NIOCore
internal import NIOPosix

/// A fleet in this process: engines that answer as vLLM does, and a control server with switches for them.
package final class SimulatedFleet: Sendable {
  package let engines: [SimulatedEngine]
  /// The address of the control server, `http://host:port`.
  package let url: String
  /// A configuration file that names every engine.
  package let configuration: String
  private let control: Listener
  private let group: MultiThreadedEventLoopGroup

  private init(
    engines: [SimulatedEngine], url: String, configuration: String, control: Listener,
    group: MultiThreadedEventLoopGroup
  ) {
    self.engines = engines
    self.url = url
    self.configuration = configuration
    self.control = control
    self.group = group
  }

  /// Returns when all servers listen: the control server on `port`, engine n on `port + 1 + n`. With `port` 0 the
  /// system chooses all ports. Throws `SimulatorError`.
  package static func start(
    _ shape: FleetShape = FleetShape(), host: String = "127.0.0.1", port: Int = 0
  ) async throws -> SimulatedFleet {
    try shape.check(port: port)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    do {
      let padding = metricsPadding(bytes: shape.metricsPadding)
      var engines: [SimulatedEngine] = []
      for index in 0..<shape.engines {
        engines.append(
          try await .start(
            index: index, shape: shape, padding: padding, host: host, port: port == 0 ? 0 : port + 1 + index,
            group: group))
      }
      let routes = ControlRoutes(engines: engines, key: shape.key)
      let control = Listener(host: host, port: port, group: group) { request, loop in
        loop.makeFutureWithTask { .whole(await routes.answer(to: request)) }
      }
      try await control.open()
      let url = await "http://\(urlHost(host)):\(control.port)"
      return SimulatedFleet(
        engines: engines, url: url, configuration: routes.configuration, control: control, group: group)
    } catch {
      try? await group.shutdownGracefully()
      throw error
    }
  }

  /// Returns when the mode is in effect.
  package func set(_ mode: EngineMode, _ engine: Int) async throws {
    try await engines[engine].set(mode)
  }

  package func loadAdapter(_ name: String, on engine: Int) throws {
    try engines[engine].loadAdapter(name)
  }

  package func unloadAdapter(_ name: String, on engine: Int) throws {
    try engines[engine].unloadAdapter(name)
  }

  /// Closes every port and connection, and ends the threads. The caller calls it once.
  package func shutdown() async {
    try? await control.close()
    for engine in engines { try? await engine.stop() }
    try? await group.shutdownGracefully()
  }
}

extension FleetShape {
  fileprivate func check(port: Int) throws {
    guard engines >= 1, models >= 1, adapters >= 0, replicas >= 1 else {
      throw SimulatorError("a fleet has at least one engine, one model and one replica")
    }
    guard port == 0 || port + engines <= 65_535 else {
      throw SimulatorError("\(engines) engines do not fit on the ports above \(port): listen on a lower port, or on 0")
    }
  }
}
