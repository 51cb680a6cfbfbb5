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

  /// What the engine tells of a model, else of itself; nil when it tells nothing.
  package func readings(_ engineID: String, _ modelID: String) -> Readings? {
    reading(engineID)?.readings(of: modelID)
  }

  /// What the engine and the model there take.
  package func resources(_ engineID: String, _ modelID: String) -> [String: Double] {
    reading(engineID)?.resources(of: modelID) ?? [:]
  }

  /// Those of a model's replicas, merged; nil when none tells any.
  package func readings(of model: Model) -> Readings? {
    portions.isEmpty ? nil : mergedReadings(of: model) { reading($0) }
  }
}

/// Readings of all replicas of a model that can be believed, merged: those that do not answer or have failed told theirs
/// before. nil when none tells any.
package func mergedReadings(of model: Model, _ reading: (String) -> EngineReading?) -> Readings? {
  var merged: Readings?
  // In their places: an iterator would copy each replica.
  let replicas = model.replicas.span
  for index in replicas.indices where replicas[index].condition.state.countsInReadings {
    guard let told = reading(replicas[index].engineID)?.readings(of: model.key.id) else { continue }
    if merged == nil { merged = told } else { merged?.merge(told) }
  }
  return merged
}

extension ModelState {
  /// Whether what such a replica told last is what it does now.
  package var countsInReadings: Bool { self != .unreachable && self != .failed }
}
