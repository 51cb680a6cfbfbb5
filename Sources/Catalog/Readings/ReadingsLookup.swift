/// A copy of the latest readings of every engine at one moment.
package struct ReadingsLookup: Sendable {
  /// The readings by portion of the board; empty when there are none.
  private let portions: [[ByteString: EngineReading]]

  init(_ portions: [[ByteString: EngineReading]]) {
    self.portions = portions.contains { !$0.isEmpty } ? portions : []
  }

  /// A look-up without readings, for code that uses facts alone.
  package static let none = ReadingsLookup([])

  /// The latest reading of an engine; nil when it never answered.
  package func reading(_ engineID: String) -> EngineReading? {
    guard !portions.isEmpty else { return nil }
    return portions[ReadingsBoard.portion(of: engineID)][ByteString(engineID)]
  }

  /// When the engine last answered; nil when it never answered.
  package func observedAt(_ engineID: String) -> Timestamp? {
    reading(engineID)?.observedAt
  }

  /// The readings of a model on an engine, or else of the engine; nil when the engine reports neither.
  package func readings(_ engineID: String, _ modelID: String) -> Readings? {
    reading(engineID)?.readings(of: modelID)
  }

  /// The resources that the engine and the model on it use.
  package func resources(_ engineID: String, _ modelID: String) -> [String: Double] {
    reading(engineID)?.resources(of: modelID) ?? [:]
  }

  /// The merged readings of a model's replicas; nil when no replica has any.
  package func readings(of model: Model) -> Readings? {
    portions.isEmpty ? nil : mergedReadings(of: model) { reading($0) }
  }
}

/// The merged readings of a model's replicas; nil when none has any. Replicas that do not answer or have failed do not
/// count, because their readings are out of date.
package func mergedReadings(of model: Model, _ reading: (String) -> EngineReading?) -> Readings? {
  var merged: Readings?
  // A span reads the replicas in place; an iterator would copy each of them.
  let replicas = model.replicas.span
  for index in replicas.indices where replicas[index].condition.state.countsInReadings {
    guard let own = reading(replicas[index].engineID)?.readings(of: model.key.id) else { continue }
    if merged == nil { merged = own } else { merged?.merge(own) }
  }
  return merged
}

extension ModelState {
  /// Whether the latest reading of a replica in this state is its present load.
  package var countsInReadings: Bool { self != .unreachable && self != .failed }
}
