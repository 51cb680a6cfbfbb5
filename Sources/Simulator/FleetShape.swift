/// What a simulated fleet looks like: how many engines, what each serves. Everything in it follows from these numbers, so
/// two fleets of one shape have the same names.
package struct FleetShape: Hashable, Sendable {
  package var engines: Int
  /// Base models on each engine.
  package var models: Int
  /// LoRA adapters on each engine, shared out among its base models.
  package var adapters: Int
  /// Engines that serve the same models: neighbours form a group. With 1 every engine serves models of its own.
  package var replicas: Int
  /// What `Authorization: Bearer` must say on `/v1`; nil asks for none.
  package var key: String?
  /// Whether engines do only what they are asked for: no traffic is made up.
  package var isIdle: Bool
  /// Bytes that are added to each engine's metrics.
  package var metricsPadding: Int

  package init(
    engines: Int = 3, models: Int = 1, adapters: Int = 0, replicas: Int? = nil, key: String? = nil,
    isIdle: Bool = false, metricsPadding: Int = 0
  ) {
    self.engines = engines
    self.models = models
    self.adapters = adapters
    self.replicas = replicas ?? (engines > 1 ? 2 : 1)
    self.key = key
    self.isIdle = isIdle
    self.metricsPadding = metricsPadding
  }

  /// Context lengths in tokens, given out in turn.
  private static let lengths = [8192, 32768, 131_072, 4096, 16384]

  /// What the engine serves at its start: base models first, then adapters, as vLLM lists them.
  package func models(ofEngine index: Int) -> [SimulatedModel] {
    let group = index / replicas
    let bases = (0..<models).map { base(group * models + $0) }
    let loaded = (0..<adapters).map { position in
      adapter(of: bases[position % models], number: position / models + 1)
    }
    return bases + loaded
  }

  private func base(_ number: Int) -> SimulatedModel {
    let name = "model-" + padded(number)
    return SimulatedModel(
      id: "sim-org/" + name, root: "/models/" + name, maxModelLen: Self.lengths[number % Self.lengths.count])
  }

  private func adapter(of base: SimulatedModel, number: Int) -> SimulatedModel {
    let name = String(base.id.dropFirst("sim-org/".count)) + "-lora-\(number)"
    return SimulatedModel(id: name, root: "/adapters/" + name, parent: base.id)
  }

  /// As many digits as the last model's number has, at least three: names sort as numbers do.
  private func padded(_ number: Int) -> String {
    let last = (engines + replicas - 1) / replicas * models - 1
    let width = max(3, String(last).count)
    let digits = String(number)
    return String(repeating: "0", count: width - digits.count) + digits
  }
}
