/// The latest reading of an engine. Cheap to copy: its load is shared.
package struct EngineReading: Hashable, Sendable {
  /// When the engine last answered.
  package var observedAt: Timestamp
  /// The board's version at the engine's latest load; 0 while there is none.
  package let version: UInt64
  private let shared: SharedLoad?

  /// nil while the engine has reported none.
  package var load: EngineLoad? { shared?.load }

  package init(observedAt: Timestamp, load: EngineLoad? = nil, version: UInt64 = 0) {
    self.observedAt = observedAt
    self.version = version
    shared = load.map { SharedLoad($0) }
  }

  /// The model's own where the engine reports each model's, else the engine's; nil when it reports neither.
  package func readings(of modelID: String) -> Readings? {
    guard let load = shared?.load else { return nil }
    guard !load.models.isEmpty else { return load.readings }
    return load.models[modelID]?.readings ?? load.readings
  }

  /// The engine's and the model's; where both have one, the model's.
  package func resources(of modelID: String) -> [String: Double] {
    guard let load = shared?.load else { return [:] }
    guard !load.models.isEmpty, let own = load.models[modelID]?.resources, !own.isEmpty else { return load.resources }
    return load.resources.merging(own) { $1 }
  }

  /// One of them.
  func resource(_ name: String, of modelID: String) -> Double? {
    guard let load = shared?.load else { return nil }
    return load.models[modelID]?.resources[name] ?? load.resources[name]
  }

  private final class SharedLoad: Hashable, Sendable {
    let load: EngineLoad

    init(_ load: EngineLoad) {
      self.load = load
    }

    static func == (a: SharedLoad, b: SharedLoad) -> Bool { a === b || a.load == b.load }

    func hash(into hasher: inout Hasher) {
      hasher.combine(load)
    }
  }
}

/// The load of an engine as one probe found it: readings, and what it takes of its machine.
package struct EngineLoad: Hashable, Sendable {
  /// nil while the engine reports none.
  package var readings: Readings?
  /// Amounts by the resource's name, in bytes and counts.
  package var resources: [String: Double]
  /// By model id, where the engine reports each model's.
  package var models: [String: ModelLoad]

  package init(readings: Readings? = nil, resources: [String: Double] = [:], models: [String: ModelLoad] = [:]) {
    self.readings = readings
    self.resources = resources
    self.models = models
  }
}

/// The load of one model on an engine.
package struct ModelLoad: Hashable, Sendable {
  /// nil: the engine reports only its own.
  package var readings: Readings?
  package var resources: [String: Double]

  package init(readings: Readings? = nil, resources: [String: Double] = [:]) {
    self.readings = readings
    self.resources = resources
  }
}
