/// What an engine does now, as one probe told: readings, and what it takes of its machine.
package struct EngineLoad: Hashable, Sendable {
  /// nil while it tells none.
  package var readings: Readings?
  /// Amounts by the resource's name, in bytes and counts.
  package var resources: [String: Double]
  /// By model id, where the engine tells of each of its models.
  package var models: [String: ModelLoad]

  package init(readings: Readings? = nil, resources: [String: Double] = [:], models: [String: ModelLoad] = [:]) {
    self.readings = readings
    self.resources = resources
    self.models = models
  }
}

/// What one model on an engine does now.
package struct ModelLoad: Hashable, Sendable {
  /// nil: the engine's are all that is told.
  package var readings: Readings?
  package var resources: [String: Double]

  package init(readings: Readings? = nil, resources: [String: Double] = [:]) {
    self.readings = readings
    self.resources = resources
  }
}
