internal import NIOCore

/// Everything about a simulated engine that changes.
struct EngineState {
  let index: Int
  /// What `Authorization: Bearer` must say on `/v1`; nil asks for none.
  let key: String?
  /// What it serves at its start.
  private let initial: [SimulatedModel]

  /// Whether it has no made-up traffic.
  private let isIdle: Bool
  /// Series that mean nothing, at the end of its metrics.
  let padding: ByteBuffer

  var mode = EngineMode.ok
  var models: [SimulatedModel]
  var traffic: Traffic

  init(
    index: Int, models: [SimulatedModel], key: String?, now: Double, isIdle: Bool = false,
    padding: ByteBuffer = ByteBuffer()
  ) {
    self.index = index
    self.key = key
    initial = models
    self.models = models
    self.isIdle = isIdle
    self.padding = padding
    traffic = Traffic(seed: index, startedAt: now, isIdle: isIdle)
  }

  mutating func turn(to mode: EngineMode, now: Double) {
    traffic.advance(to: now, isComputing: self.mode.isComputing)
    self.mode = mode
    if mode == .loading { restarted(now: now) }
  }

  /// The process is a new one: what was loaded while it ran is forgotten.
  mutating func restarted(now: Double) {
    models = initial
    traffic = Traffic(seed: index, startedAt: now, isIdle: isIdle)
  }

  var bases: [SimulatedModel] { models.filter { $0.parent == nil } }
  var adapters: [SimulatedModel] { models.filter { $0.parent != nil } }
}
