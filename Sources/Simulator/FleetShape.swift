/// The shape of a simulated fleet: the number of engines and the models that each serves. Everything in the fleet
/// follows from these numbers, so two fleets of one shape have the same names.
package struct FleetShape: Hashable, Sendable {
  package var engines: Int
  /// The number of base models on each engine.
  package var models: Int
  /// The number of LoRA adapters on each engine, shared out among its base models.
  package var adapters: Int
  /// The number of neighbouring engines that serve the same models; with 1, every engine serves models of its own.
  package var replicas: Int
  /// The key that `Authorization: Bearer` must carry on `/v1`; nil: no key is required.
  package var key: String?
  /// Whether engines show only the traffic that clients cause, and make none up.
  package var isIdle: Bool
  /// Bytes of filler series that each engine adds to its metrics.
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

  /// Context lengths in tokens; the models take them in turn.
  private static let lengths = [8192, 32768, 131_072, 4096, 16384]

  /// The models that the engine serves at its start: base models first, then adapters, as vLLM lists them.
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

  /// The number with as many digits as the last model's number, but at least three, so that names sort as numbers do.
  private func padded(_ number: Int) -> String {
    let last = (engines + replicas - 1) / replicas * models - 1
    let width = max(3, String(last).count)
    let digits = String(number)
    return String(repeating: "0", count: width - digits.count) + digits
  }
}
