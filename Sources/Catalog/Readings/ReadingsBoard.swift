import Synchronization

/// The latest reading of each engine. A reading never changes a revision or an ETag. The store gets hints of readings
/// later.
///
/// The engines are spread over portions with a lock each, so that probes and lists seldom wait for each other.
package final class ReadingsBoard: Sendable {
  static let portionCount = 16
  private let portions: [Portion]
  private let clock: Atomic<UInt64>

  package convenience init() {
    self.init([], engines: EmptyCollection())
  }

  /// Starts from the store's hints, without the hints of engines that are no longer known.
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

  /// The number of noted loads. A caller that reads a version here can also read every load up to that version.
  package var version: UInt64 { clock.load(ordering: .acquiring) }

  /// Records that an engine answered. With a nil `load`, the engine keeps its earlier load.
  package func note(engineID: String, observedAt: Timestamp, load: EngineLoad? = nil) {
    let engine = ByteString(engineID)
    portion(engineID).state.withLock { state in
      if let load {
        // Increments under the lock: a reader that sees this version then waits for the lock and finds the load.
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

  /// The latest reading of an engine; nil when it never answered.
  package func reading(of engineID: String) -> EngineReading? {
    portion(engineID).state.withLock { $0.readings[ByteString(engineID)] }
  }

  /// A copy of all readings. The next note to a portion copies that portion, so only lists by readings should call
  /// this.
  package var lookup: ReadingsLookup {
    ReadingsLookup(portions.map { $0.state.withLock { $0.readings } })
  }

  /// Drops the readings of an engine that the catalog forgets.
  package func forget(engineID: String) {
    portion(engineID).state.withLock { state in
      if state.readings.removeValue(forKey: ByteString(engineID)) != nil { state.changed.insert(ByteString(engineID)) }
    }
  }

  /// Takes the ids of the engines whose readings changed since the last call, for the store's hints.
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

  /// The portion of an id, by the sum of its bytes: the ids of a fleet often differ in a few digits only.
  static func portion(of engineID: String) -> Int {
    engineID.utf8.reduce(0) { $0 &+ Int($1) } % portionCount
  }

  private final class Portion: Sendable {
    struct State {
      var readings: [ByteString: EngineReading] = [:]
      /// The engines whose readings changed since the last `takeChanged`.
      var changed: Set<ByteString> = []
    }

    let state = Mutex(State())
  }
}
