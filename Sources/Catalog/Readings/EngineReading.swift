/// What moves all the time about an engine, as it was told last. Cheap to copy: what it told is shared.
package struct EngineReading: Hashable, Sendable {
  /// When the engine last answered.
  package var observedAt: Timestamp
  /// Of the whole board when the engine last told a load; 0 while it told none.
  package let version: UInt64
  private let told: Told?

  /// nil while it told none.
  package var load: EngineLoad? { told?.load }

  package init(observedAt: Timestamp, load: EngineLoad? = nil, version: UInt64 = 0) {
    self.observedAt = observedAt
    self.version = version
    told = load.map { Told($0) }
  }

  /// The model's own where the engine tells of each, else the engine's; nil when it tells neither.
  package func readings(of modelID: String) -> Readings? {
    guard let load = told?.load else { return nil }
    guard !load.models.isEmpty else { return load.readings }
    return load.models[modelID]?.readings ?? load.readings
  }

  /// The engine's and the model's; where both tell one, the model's.
  package func resources(of modelID: String) -> [String: Double] {
    guard let load = told?.load else { return [:] }
    guard !load.models.isEmpty, let own = load.models[modelID]?.resources, !own.isEmpty else { return load.resources }
    return load.resources.merging(own) { $1 }
  }

  /// One of them.
  func resource(_ name: String, of modelID: String) -> Double? {
    guard let load = told?.load else { return nil }
    return load.models[modelID]?.resources[name] ?? load.resources[name]
  }

  private final class Told: Hashable, Sendable {
    let load: EngineLoad

    init(_ load: EngineLoad) {
      self.load = load
    }

    static func == (a: Told, b: Told) -> Bool { a === b || a.load == b.load }

    func hash(into hasher: inout Hasher) {
      hasher.combine(load)
    }
  }
}

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
