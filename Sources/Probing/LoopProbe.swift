import Fleet
import NIOCore

/// One probe, on one event loop: what the engine says is read, parsed and answered without a change of threads. (At
/// 1,000 probes a second, threads that hand each answer to each other take the larger part of a core.)
actor LoopProbe {
  private nonisolated let loop: any EventLoop
  private let request: ProbeRequest
  private let key: String?
  private let trust: TLSTrust
  private lazy var line = EngineConnection(
    to: request.spec.url, key: key, trust: trust, timeout: request.timeout, on: loop)

  init(_ request: ProbeRequest, key: String?, trust: TLSTrust, on loop: any EventLoop) {
    self.request = request
    self.key = key
    self.trust = trust
    self.loop = loop
  }

  // The loop outlives the probe: the prober has its group.
  nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe loop.executor.asUnownedSerialExecutor()
  }

  /// To be called once.
  func run() async -> ProbeOutcome {
    var conversation = ProbeScript(request) { await self.ask($0) }
    let outcome = await conversation.run()
    line.close()
    return outcome
  }

  func ask(_ ask: EngineRequest) async -> ExchangeResult {
    await withCheckedContinuation { continuation in
      line.ask(ask) { continuation.resume(returning: $0) }
    }
  }

  /// Lets the probe end at once, from any thread.
  nonisolated func cancel() {
    loop.execute {
      self.assumeIsolated { $0.line.close() }
    }
  }
}
