/// The snapshots that clients may need for further pages, by revision. It is a value: its owner locks it, and frees the
/// evicted snapshots outside of the lock.
struct SnapshotCache {
  private static let countLimit = 64
  /// The largest number of snapshots that are rebuilt from the history: they share no changed leaf with another
  /// snapshot.
  private static let rebuiltLimit = 4

  private var cache = LRUCache<Snapshot>(countLimit: countLimit)

  var figures: CacheFigures { cache.figures }

  /// Adds a snapshot, or refreshes the entry of the same revision. Returns the snapshots that leave the cache.
  mutating func hold(_ snapshot: Snapshot, now: ContinuousClock.Instant) -> [Snapshot] {
    guard cache.touch(now: now, where: { $0.revision == snapshot.revision }) == nil else { return [] }
    let aged = cache.removeUnused(for: ListResultCache.patience, now: now)
    let evicted = cache.insert(snapshot, now: now)
    return aged + evicted + cache.evict(beyond: Self.rebuiltLimit, where: \.isRebuilt)
  }

  mutating func find(_ revision: Int64, now: ContinuousClock.Instant) -> Snapshot? {
    cache.find(now: now) { $0.revision == revision }
  }

  /// Removes the snapshots that no client used lately, and returns them.
  mutating func age(now: ContinuousClock.Instant) -> [Snapshot] {
    cache.removeUnused(for: ListResultCache.patience, now: now)
  }
}
