import Synchronization

/// The latest readings of a leaf's models, looked up once for all streams and cached for `maxAge`. A stream without new
/// readings only compares numbers.
struct LeafReadings: Sendable {
  /// How long a stream may use the readings while the board changes.
  static let maxAge: Duration = .milliseconds(250)

  /// The board's version at the start of the look-up: the readings include all loads up to it.
  let version: UInt64
  /// The board's version of the last change of each model's readings; 0 for a model without readings.
  let versions: [UInt64]
  let models: [ModelReadings?]
  /// The largest of `versions`.
  let latest: UInt64
  /// The number of engines that the look-up visited.
  let lookups: Int
  fileprivate let madeAt: ContinuousClock.Instant
  /// Whether a stream used the readings since the last `age`.
  fileprivate var isUsed = true

  fileprivate init(
    _ leaf: [StoredModel], _ board: ReadingsBoard, before: LeafReadings?, now: ContinuousClock.Instant
  ) {
    // Reads the version before the look-up, so that the readings miss no load up to it.
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

/// Caches the readings of a leaf's models while streams use them.
final class LeafReadingsCache: Sendable {
  private let latest = Mutex<LeafReadings?>(nil)

  /// The readings of a leaf's models. `isNew` is true when the call had to look up the engines.
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

  /// Drops the readings when no stream used them since the last call.
  func age() {
    latest.withLock { latest in
      if latest?.isUsed == false { latest = nil }
      latest?.isUsed = false
    }
  }
}
