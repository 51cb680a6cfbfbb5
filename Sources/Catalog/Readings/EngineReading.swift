/// The latest reading of an engine. Copies share its load, so that a copy is cheap.
package struct EngineReading: Hashable, Sendable {
  /// When the engine last answered.
  package var observedAt: Timestamp
  /// The board's version at the engine's latest load; 0 means that there is no load yet.
  package let version: UInt64
  private let shared: SharedLoad?

  /// The latest load; nil until the engine reports a load.
  package var load: EngineLoad? { shared?.load }

  package init(observedAt: Timestamp, load: EngineLoad? = nil, version: UInt64 = 0) {
    self.observedAt = observedAt
    self.version = version
    shared = load.map { SharedLoad($0) }
  }

  /// The readings of a model: its own where the engine reports each model's, else the engine's. nil when the engine
  /// reports neither.
  package func readings(of modelID: String) -> Readings? {
    guard let load = shared?.load else { return nil }
    guard !load.models.isEmpty else { return load.readings }
    return load.models[modelID]?.readings ?? load.readings
  }

  /// The resources of the engine and the model; where both have the same resource, the model's amount.
  package func resources(of modelID: String) -> [String: Double] {
    guard let load = shared?.load else { return [:] }
    guard !load.models.isEmpty, let own = load.models[modelID]?.resources, !own.isEmpty else { return load.resources }
    return load.resources.merging(own) { $1 }
  }

  /// The amount of one resource; nil when the engine does not report it.
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

/// The load of an engine as one probe found it: its readings, and the resources that it uses.
package struct EngineLoad: Hashable, Sendable {
  /// The engine's own readings; nil when the engine reports none.
  package var readings: Readings?
  /// Amounts by the resource's name, in bytes or counts.
  package var resources: [String: Double]
  /// The load of each model by id, where the engine reports it.
  package var models: [ByteString: ModelLoad]

  package init(readings: Readings? = nil, resources: [String: Double] = [:], models: [ByteString: ModelLoad] = [:]) {
    self.readings = readings
    self.resources = resources
    self.models = models
  }
}

/// The load of one model on an engine.
package struct ModelLoad: Hashable, Sendable {
  /// The model's own readings; nil when the engine reports only readings of the whole engine.
  package var readings: Readings?
  /// Amounts by the resource's name, in bytes or counts; empty when the engine reports none for the model.
  package var resources: [String: Double]

  package init(readings: Readings? = nil, resources: [String: Double] = [:]) {
    self.readings = readings
    self.resources = resources
  }
}
