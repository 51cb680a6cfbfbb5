/// Everything about a simulated engine that changes.
struct EngineState {
  let index: Int
  /// What `Authorization: Bearer` must say on `/v1`; nil asks for none.
  let key: String?
  /// What it serves at its start.
  private let initial: [SimulatedModel]

  var mode = EngineMode.ok
  var models: [SimulatedModel]
  var traffic: Traffic

  init(index: Int, models: [SimulatedModel], key: String?, now: Double) {
    self.index = index
    self.key = key
    initial = models
    self.models = models
    traffic = Traffic(seed: index, startedAt: now)
  }

  /// The process is a new one: what was loaded while it ran is forgotten.
  mutating func restarted(now: Double) {
    models = initial
    traffic = Traffic(seed: index, startedAt: now)
  }

  var bases: [SimulatedModel] { models.filter { $0.parent == nil } }
  var adapters: [SimulatedModel] { models.filter { $0.parent != nil } }
}
