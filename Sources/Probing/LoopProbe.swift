import Fleet
import NIOCore

/// One probe on one event loop, which reads, parses and answers the engine's responses without a change of threads. (At
/// 1,000 probes a second, threads that hand each response to each other take the larger part of a core.)
actor LoopProbe {
  private nonisolated let loop: any EventLoop
  private let request: ProbeRequest
  private let key: KeyHeader?
  private let dialer: Dialer
  private lazy var connection = EngineConnection(
    to: EngineContact(url: request.spec.url, tls: request.spec.tls, key: key), dialer, timeout: request.timeout,
    on: loop)

  init(_ request: ProbeRequest, key: KeyHeader?, _ dialer: Dialer, on loop: any EventLoop) {
    self.request = request
    self.key = key
    self.dialer = dialer
    self.loop = loop
  }

  // Safe because the prober keeps the group, so the loop outlives the probe.
  nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe loop.executor.asUnownedSerialExecutor()
  }

  /// Runs the probe. The caller calls it once.
  func run() async -> ProbeOutcome {
    var script = ProbeScript(request) { await self.send($0) }
    let outcome = await script.run()
    connection.close()
    return outcome
  }

  func send(_ request: EngineRequest) async -> ExchangeResult {
    await withCheckedContinuation { continuation in
      connection.send(request) { continuation.resume(returning: $0) }
    }
  }

  /// Ends the probe at once; callable from any thread.
  nonisolated func cancel() {
    loop.execute {
      self.assumeIsolated { $0.connection.close() }
    }
  }
}
