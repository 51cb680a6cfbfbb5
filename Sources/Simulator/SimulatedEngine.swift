internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// One simulated engine on its own port.
package final class SimulatedEngine: Sendable {
  package let index: Int
  /// The engine's address, `http://host:port`.
  package let url: String
  private let core: Core
  private let listener: Listener

  private init(index: Int, url: String, core: Core, listener: Listener) {
    self.index = index
    self.url = url
    self.core = core
    self.listener = listener
  }

  /// Returns when the engine listens.
  static func start(
    index: Int, shape: FleetShape, padding: ByteBuffer, host: String, port: Int, group: MultiThreadedEventLoopGroup
  ) async throws -> SimulatedEngine {
    let core = Core(EngineState(index: index, shape: shape, now: unixTime(), padding: padding))
    let listener = Listener(host: host, port: port, group: group) { request, loop in
      loop.makeSucceededFuture(core.state.withLock { $0.delivery(for: request, now: unixTime()) })
    }
    try await listener.open()
    let url = await "http://\(urlHost(host)):\(listener.port)"
    return SimulatedEngine(index: index, url: url, core: core, listener: listener)
  }

  package var mode: EngineMode { core.state.withLock { $0.mode } }

  /// The models that the engine serves now: base models, then adapters.
  package var models: [SimulatedModel] { core.state.withLock { $0.models.all } }

  /// Returns when the mode is in effect; after `.gone`, connections are refused.
  package func set(_ mode: EngineMode) async throws {
    let before = core.state.withLock { state in
      defer { state.turn(to: mode, now: unixTime()) }
      return state.mode
    }
    if mode == .gone {
      try await listener.close()
    } else {
      if before.keepsRequests, before != mode { await listener.cut() }
      try await listener.open()
    }
  }

  /// Takes the engine away for `downtime`, then starts a new process with the models of the engine's start. Returns
  /// when the engine is back.
  package func restart(downtime: Duration) async throws {
    try await set(.gone)
    core.state.withLock { $0.restart(now: unixTime()) }
    try await Task.sleep(for: downtime)
    try await set(.ok)
  }

  /// Loads an adapter as `/v1/load_lora_adapter` does. Throws `SimulatorError` with the engine's answer when the engine
  /// refuses.
  package func loadAdapter(_ name: String, path: String? = nil) throws {
    let path = path ?? "/adapters/\(name)"
    try change { $0.loadAdapter(Array(#"{"lora_name":\#(quoted(name)),"lora_path":\#(quoted(path))}"#.utf8)) }
  }

  /// Unloads an adapter as `/v1/unload_lora_adapter` does. Throws `SimulatorError` with the engine's answer when the
  /// engine refuses.
  package func unloadAdapter(_ name: String) throws {
    try change { $0.unloadAdapter(Array(#"{"lora_name":\#(quoted(name))}"#.utf8)) }
  }

  func stop() async throws {
    try await listener.close()
  }

  private func change(_ change: (inout EngineState) -> SimulatedAnswer) throws {
    let answer = core.state.withLock { change(&$0) }
    guard answer.status == .ok else { throw SimulatorError(String(buffer: answer.body)) }
  }

  private final class Core: Sendable {
    let state: Mutex<EngineState>

    init(_ state: EngineState) {
      self.state = Mutex(state)
    }
  }
}

/// A host as URLs write it, with an IPv6 address in brackets.
func urlHost(_ host: String) -> String {
  host.contains(":") ? "[\(host)]" : host
}
