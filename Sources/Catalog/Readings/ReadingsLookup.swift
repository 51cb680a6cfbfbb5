/// The latest readings of every engine, as they were at one moment.
package struct ReadingsLookup: Sendable {
  /// By portion of the board; empty when nothing is known.
  private let portions: [[ByteString: EngineReading]]

  init(_ portions: [[ByteString: EngineReading]]) {
    self.portions = portions.contains { !$0.isEmpty } ? portions : []
  }

  /// Knows nothing: what facts alone are looked at with.
  package static let none = ReadingsLookup([])

  package func reading(_ engineID: String) -> EngineReading? {
    guard !portions.isEmpty else { return nil }
    return portions[ReadingsBoard.portion(of: engineID)][ByteString(engineID)]
  }

  /// When the engine last answered.
  package func observedAt(_ engineID: String) -> Timestamp? {
    reading(engineID)?.observedAt
  }

  /// What the engine reports of a model, else of itself; nil when it reports neither.
  package func readings(_ engineID: String, _ modelID: String) -> Readings? {
    reading(engineID)?.readings(of: modelID)
  }

  /// What the engine and the model there take.
  package func resources(_ engineID: String, _ modelID: String) -> [String: Double] {
    reading(engineID)?.resources(of: modelID) ?? [:]
  }

  /// Those of a model's replicas, merged; nil when none has any.
  package func readings(of model: Model) -> Readings? {
    portions.isEmpty ? nil : mergedReadings(of: model) { reading($0) }
  }
}

/// The readings of a model's replicas, merged, without replicas that do not answer or have failed: theirs are old. nil
/// when none has any.
package func mergedReadings(of model: Model, _ reading: (String) -> EngineReading?) -> Readings? {
  var merged: Readings?
  // In their places: an iterator would copy each replica.
  let replicas = model.replicas.span
  for index in replicas.indices where replicas[index].condition.state.countsInReadings {
    guard let own = reading(replicas[index].engineID)?.readings(of: model.key.id) else { continue }
    if merged == nil { merged = own } else { merged?.merge(own) }
  }
  return merged
}

extension ModelState {
  /// Whether the latest reading of such a replica is its present load.
  package var countsInReadings: Bool { self != .unreachable && self != .failed }
}
