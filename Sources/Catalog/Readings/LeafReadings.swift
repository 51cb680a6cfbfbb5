import Synchronization

/// The latest readings of a leaf's models, looked up once for all streams and kept for a moment: a stream that finds
/// nothing new in them has compared numbers alone.
struct LeafReadings: Sendable {
  /// How old it may be while the board changes.
  static let maxAge: Duration = .milliseconds(250)

  /// It contains all loads up to this version of the board.
  let version: UInt64
  /// The board's version at which each model's readings changed last; 0 where there are none.
  let versions: [UInt64]
  let models: [ModelReadings?]
  /// The largest of `versions`.
  let latest: UInt64
  /// How many engines were looked up.
  let lookups: Int
  fileprivate let madeAt: ContinuousClock.Instant
  /// Since the last `age`.
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

/// Caches the readings of a leaf's models while any stream asks for them.
final class LeafReadingsCache: Sendable {
  private let latest = Mutex<LeafReadings?>(nil)

  /// `isNew`: the engines had to be looked up.
  func readings(
    _ leaf: [StoredModel], _ board: ReadingsBoard, now: ContinuousClock.Instant
  ) -> (readings: LeafReadings, isNew: Bool) {
    latest.withLock { latest in
      if let known = latest, known.isFresh(board, now: now) {
        latest?.isUsed = true
        return (known, false)
      }
      let new = LeafReadings(leaf, board, before: latest, now: now)
      latest = new
      return (new, true)
    }
  }

  /// Drops the readings when no stream asked for them since the last call.
  func age() {
    latest.withLock { latest in
      if latest?.isUsed == false { latest = nil }
      latest?.isUsed = false
    }
  }
}
