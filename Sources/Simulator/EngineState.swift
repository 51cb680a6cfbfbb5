internal import NIOCore
internal import NIOHTTP1

/// The changing state of a simulated engine: its mode, its models and its traffic.
struct EngineState {
  let index: Int
  /// The key that `Authorization: Bearer` must carry on `/v1`; nil: no key is required.
  let key: String?
  /// Filler series at the end of the engine's metrics.
  private let padding: ByteBuffer
  private(set) var mode = EngineMode.ok
  private(set) var models: LoadedModels
  private(set) var traffic: Traffic

  /// `now`: Unix seconds.
  init(index: Int, shape: FleetShape, now: Double, padding: ByteBuffer = ByteBuffer()) {
    self.index = index
    key = shape.key
    self.padding = padding
    models = LoadedModels(shape.models(ofEngine: index))
    traffic = Traffic(seed: index, startedAt: now, isIdle: shape.isIdle)
  }

  mutating func turn(to mode: EngineMode, now: Double) {
    advance(to: now)
    self.mode = mode
    if mode == .loading { restart(now: now) }
  }

  /// Starts a new process, which knows nothing of the models and counts of the old process.
  mutating func restart(now: Double) {
    models.restart()
    traffic.restart(at: now)
  }

  /// Lets the engine compute until `now`.
  mutating func advance(to now: Double) {
    traffic.advance(to: now, isComputing: mode.isComputing)
  }

  mutating func loadAdapter(_ body: [UInt8]) -> SimulatedAnswer { models.load(body) }

  mutating func unloadAdapter(_ body: [UInt8]) -> SimulatedAnswer { models.unload(body) }

  mutating func complete(_ body: [UInt8], chat: Bool, now: Double) -> SimulatedAnswer {
    switch Completion.make(body, chat: chat, models: models, created: Int(now)) {
    case .completed(let completion):
      traffic.completed(promptTokens: completion.promptTokens, generatedTokens: completion.generatedTokens)
      return completion.answer
    case .refused(let answer):
      return answer
    }
  }

  mutating func answered(path: String, status: HTTPResponseStatus) {
    traffic.answered(path: path, status: status.code)
  }

  var metrics: EngineMetrics { EngineMetrics(mode: mode, traffic: traffic, models: models, padding: padding) }
}
