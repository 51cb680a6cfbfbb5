import Synchronization

/// What moves all the time about an engine.
package struct EngineReading: Hashable, Sendable {
  /// When the engine last answered.
  package var observedAt: Timestamp
  /// nil while it tells none.
  package var readings: Readings?

  package init(observedAt: Timestamp, readings: Readings? = nil) {
    self.observedAt = observedAt
    self.readings = readings
  }
}

/// The latest reading of each engine: never a reason for a revision or another ETag. The store is told lazily.
package final class ReadingsBoard: Sendable {
  private struct Board {
    var readings: [Name: EngineReading] = [:]
    /// Since the store was told.
    var changed: Set<Name> = []
  }

  private let board = Mutex(Board())

  package init() {}

  /// What the store was told; of engines that are no longer known nothing is kept.
  init(_ notes: [StoreNote], engines: some Collection<Name>) {
    let engines = Set(engines)
    board.withLock { board in
      for note in notes.lazy.compactMap(ReadingNote.init) {
        let engine = Name(note.engineID)
        if engines.contains(engine) {
          board.readings[engine] = note.observedAt.map { EngineReading(observedAt: $0) }
        } else {
          board.changed.insert(engine)
        }
      }
    }
  }

  /// Without readings, those that were told before stay.
  package func note(engineID: String, observedAt: Timestamp, readings: Readings? = nil) {
    board.withLock { board in
      let known = board.readings[Name(engineID)]?.readings
      board.readings[Name(engineID)] = EngineReading(observedAt: observedAt, readings: readings ?? known)
      board.changed.insert(Name(engineID))
    }
  }

  package func reading(of engineID: String) -> EngineReading? {
    board.withLock { $0.readings[Name(engineID)] }
  }

  /// All of them as they are now. The next note copies the board, so this is for lists by readings alone.
  package var lookup: ReadingsLookup {
    ReadingsLookup(board.withLock { $0.readings })
  }

  package func forget(engineID: String) {
    board.withLock { board in
      if board.readings.removeValue(forKey: Name(engineID)) != nil { board.changed.insert(Name(engineID)) }
    }
  }

  /// The engines whose readings the store does not know.
  func takeChanged() -> Set<Name> {
    board.withLock { board in
      defer { board.changed = [] }
      return board.changed
    }
  }

  func putBack(_ changed: Set<Name>) {
    board.withLock { $0.changed.formUnion(changed) }
  }

  package func note(engineID: String, observedAt: Timestamp, load: EngineLoad?) {
    note(engineID: engineID, observedAt: observedAt, readings: load?.readings)
  }
}
