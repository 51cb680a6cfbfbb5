package import Catalog

/// What moves of one model on one engine, as `rollcall.v1.Replica` tells it.
package struct ReplicaReading: Hashable, Sendable {
  /// When the engine last answered.
  package var observedAt: Timestamp?
  package var readings: Readings?
  /// Amounts by the resource's name.
  package var resources: [String: Double]

  package init(observedAt: Timestamp? = nil, readings: Readings? = nil, resources: [String: Double] = [:]) {
    self.observedAt = observedAt
    self.readings = readings
    self.resources = resources
  }

  /// What an engine told last, as far as it concerns a model.
  package init(_ reading: EngineReading?, of modelID: String) {
    observedAt = reading?.observedAt
    readings = reading?.readings(of: modelID)
    resources = reading?.resources(of: modelID) ?? [:]
  }
}

/// Readings of a model's replicas put together as they are written: of those that can be believed.
struct MergedReadings {
  /// nil while none tells any.
  private(set) var readings: Readings?

  mutating func add(_ told: Readings?, of state: ModelState) {
    guard let told, state.countsInReadings else { return }
    if readings == nil { readings = told } else { readings?.merge(told) }
  }
}

/// Resources in the order of their names' bytes, so that equal ones have equal encodings.
func sorted(_ resources: [String: Double]) -> [(key: String, value: Double)] {
  resources.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
}
