/// The snapshots whose next pages clients may ask for, by revision. A value: its owner locks it, and frees outside of the
/// lock what it returns as evicted.
struct SnapshotCache {
  private static let countLimit = 64
  /// Of the snapshots that are rebuilt from the history: they share no changed leaf with another snapshot.
  private static let rebuiltLimit = 4

  private var cache = LRUCache<Snapshot>(countLimit: countLimit)

  var figures: CacheFigures { cache.figures }

  /// Adds a snapshot, or refreshes the one of the same revision. Returns the snapshots that leave the cache.
  mutating func hold(_ snapshot: Snapshot, now: ContinuousClock.Instant) -> [Snapshot] {
    guard cache.touch(now: now, where: { $0.revision == snapshot.revision }) == nil else { return [] }
    let aged = cache.removeUnused(for: ListResultCache.patience, now: now)
    let evicted = cache.insert(snapshot, now: now)
    return aged + evicted + cache.evict(beyond: Self.rebuiltLimit, where: \.isRebuilt)
  }

  mutating func find(_ revision: Int64, now: ContinuousClock.Instant) -> Snapshot? {
    cache.find(now: now) { $0.revision == revision }
  }

  /// Removes the snapshots that no client asked for lately, and returns them.
  mutating func age(now: ContinuousClock.Instant) -> [Snapshot] {
    cache.removeUnused(for: ListResultCache.patience, now: now)
  }
}
