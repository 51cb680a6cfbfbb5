import Synchronization

/// The latest reading of each engine: never a reason for a revision or another ETag. The store keeps hints of it lazily.
///
/// Its engines are dealt out to portions, each with a lock of its own, so that probes and lists do not wait for each other.
package final class ReadingsBoard: Sendable {
  static let portionCount = 16
  private let portions: [Portion]
  private let clock: Atomic<UInt64>

  package convenience init() {
    self.init([], engines: EmptyCollection())
  }

  /// Starts from the store's hints, without those of engines that are no longer known.
  init(_ hints: [StoreHint], engines: some Collection<ByteString>) {
    clock = Atomic(0)
    portions = (0..<Self.portionCount).map { _ in Portion() }
    let engines = Set(engines)
    for hint in hints.lazy.compactMap(ReadingHint.init) {
      let engine = ByteString(hint.engineID)
      portion(hint.engineID).state.withLock { state in
        if engines.contains(engine) {
          state.readings[engine] = hint.observedAt.map { EngineReading(observedAt: $0) }
        } else {
          state.changed.insert(engine)
        }
      }
    }
  }

  /// Grows with each note that brings a load. What was noted at a version can be read once that version is seen here.
  package var version: UInt64 { clock.load(ordering: .acquiring) }

  /// Without a load, the one before stays.
  package func note(engineID: String, observedAt: Timestamp, load: EngineLoad? = nil) {
    let engine = ByteString(engineID)
    portion(engineID).state.withLock { state in
      if let load {
        // Under the lock: a reader that has seen this version finds the load, though it may have to wait for it.
        let version = clock.add(1, ordering: .acquiringAndReleasing).newValue
        state.readings[engine] = EngineReading(observedAt: observedAt, load: load, version: version)
      } else if state.readings[engine] == nil {
        state.readings[engine] = EngineReading(observedAt: observedAt)
      } else {
        state.readings[engine]?.observedAt = observedAt
      }
      state.changed.insert(engine)
    }
  }

  package func reading(of engineID: String) -> EngineReading? {
    portion(engineID).state.withLock { $0.readings[ByteString(engineID)] }
  }

  /// All of them as they are now. The next note copies its portion, so this is for lists by readings alone.
  package var lookup: ReadingsLookup {
    ReadingsLookup(portions.map { $0.state.withLock { $0.readings } })
  }

  package func forget(engineID: String) {
    portion(engineID).state.withLock { state in
      if state.readings.removeValue(forKey: ByteString(engineID)) != nil { state.changed.insert(ByteString(engineID)) }
    }
  }

  /// The engines whose readings the store does not know.
  func takeChanged() -> Set<ByteString> {
    portions.reduce(into: []) { changed, portion in
      changed.formUnion(
        portion.state.withLock { state in
          defer { state.changed = [] }
          return state.changed
        })
    }
  }

  func putBack(_ changed: Set<ByteString>) {
    for engine in changed { _ = portion(engine.text).state.withLock { $0.changed.insert(engine) } }
  }

  private func portion(_ engineID: String) -> Portion {
    portions[Self.portion(of: engineID)]
  }

  /// By the sum of its bytes: ids of a fleet differ in a few digits.
  static func portion(of engineID: String) -> Int {
    engineID.utf8.reduce(0) { $0 &+ Int($1) } % portionCount
  }

  private final class Portion: Sendable {
    struct State {
      var readings: [ByteString: EngineReading] = [:]
      /// Since the last `takeChanged`.
      var changed: Set<ByteString> = []
    }

    let state = Mutex(State())
  }
}
