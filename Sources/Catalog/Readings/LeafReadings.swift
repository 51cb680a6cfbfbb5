import Synchronization

/// What engines told last of the models of a leaf, looked up once for all streams that tell it and kept for a moment:
/// a stream that finds nothing new in it has looked at numbers alone.
struct LeafReadings: Sendable {
  /// How old it may be while the board moves.
  static let maxAge: Duration = .milliseconds(250)

  /// All that was noted until this version of the board is in it.
  let version: UInt64
  /// When the readings of each model moved last, by the board's version; 0 where nothing is told.
  let versions: [UInt64]
  let models: [ModelReadings?]
  /// The largest of `versions`.
  let latest: UInt64
  /// Engines that were looked up.
  let lookups: Int
  fileprivate let madeAt: ContinuousClock.Instant
  /// Since housekeeping looked last.
  fileprivate var isUsed = true

  fileprivate init(
    _ leaf: [StoredModel], _ board: ReadingsBoard, before: LeafReadings?, now: ContinuousClock.Instant
  ) {
    // Taken first, so that nothing up to it is missed.
    version = board.version
    madeAt = now
    models = leaf.indices.map { ModelReadings.of(leaf[$0].model, board, known: before?.models[$0]) }
    versions = models.map { $0?.version ?? 0 }
    latest = versions.max() ?? 0
    lookups = leaf.reduce(0) { $0 + $1.model.replicas.count }
  }

  func isFresh(_ board: ReadingsBoard, now: ContinuousClock.Instant) -> Bool {
    version == board.version || (.zero..<Self.maxAge).contains(now - madeAt)
  }
}

/// The readings of a leaf's models, while any stream asks for them.
final class ToldReadings: Sendable {
  private let kept = Mutex<LeafReadings?>(nil)

  /// `isNew`: they had to be looked up.
  func readings(
    _ leaf: [StoredModel], _ board: ReadingsBoard, now: ContinuousClock.Instant
  ) -> (told: LeafReadings, isNew: Bool) {
    kept.withLock { kept in
      if let told = kept, told.isFresh(board, now: now) {
        kept?.isUsed = true
        return (told, false)
      }
      let told = LeafReadings(leaf, board, before: kept, now: now)
      kept = told
      return (told, true)
    }
  }

  /// Lets go of what nobody has asked for since the last time.
  func age() {
    kept.withLock { kept in
      if kept?.isUsed == false { kept = nil }
      kept?.isUsed = false
    }
  }
}

extension Snapshot {
  func ageReadings() {
    var rank = 0
    while rank < count {
      let leaf = place(of: rank).leaf
      leaf.told.age()
      rank += leaf.count
    }
  }
}
