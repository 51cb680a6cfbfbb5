import Synchronization

/// What moves all the time about an engine.
package struct EngineReading: Hashable, Sendable {
  /// When the engine last answered.
  package var observedAt: Timestamp

  package init(observedAt: Timestamp) {
    self.observedAt = observedAt
  }
}

/// The latest reading of each engine: in memory alone, and never a reason for a revision or another ETag.
package final class ReadingsBoard: Sendable {
  private let readings = Mutex<[Name: EngineReading]>([:])

  package init() {}

  package func note(engineID: String, observedAt: Timestamp) {
    readings.withLock { $0[Name(engineID)] = EngineReading(observedAt: observedAt) }
  }

  package func reading(of engineID: String) -> EngineReading? {
    readings.withLock { $0[Name(engineID)] }
  }

  package func forget(engineID: String) {
    readings.withLock { $0[Name(engineID)] = nil }
  }
}
