/// The latest readings of every engine, as they were at one moment.
package struct ReadingsLookup: Sendable {
  private let readings: [Name: EngineReading]

  init(_ readings: [Name: EngineReading]) {
    self.readings = readings
  }

  /// Knows nothing: what facts alone are looked at with.
  package static let none = ReadingsLookup([:])

  /// When the engine last answered.
  package func observedAt(_ engineID: String) -> Timestamp? {
    readings[Name(engineID)]?.observedAt
  }

  /// What the engine tells of itself; nil when it tells nothing.
  package func readings(_ engineID: String) -> Readings? {
    readings[Name(engineID)]?.readings
  }

  /// Those of all replicas of a model, merged; nil when no replica tells any.
  package func readings(of model: Model) -> Readings? {
    guard !readings.isEmpty else { return nil }
    var merged: Readings?
    // In their places: an iterator would copy each replica.
    let replicas = model.replicas.span
    for index in replicas.indices {
      guard let told = readings(replicas[index].engineID) else { continue }
      if merged == nil { merged = told } else { merged?.merge(told) }
    }
    return merged
  }
}
