/// The snapshots of the past that clients requested last, by revision. Each entry is the task that makes the snapshot,
/// so that all callers share one task. It is a value: its owner locks it, and frees the evicted tasks outside of the
/// lock.
struct PastSnapshotCache {
  typealias Read = Task<Result<Snapshot, PastError>, Never>

  private static let countLimit = 4
  private var cache = LRUCache<(revision: Int64, read: Read)>(countLimit: countLimit)

  var figures: CacheFigures { cache.figures }

  /// The task for a revision; `make` starts it when the cache has none. Also returns the tasks that leave the cache.
  mutating func read(
    of revision: Int64, now: ContinuousClock.Instant, orMake make: () -> Read
  ) -> (read: Read, evicted: [Read]) {
    if let known = cache.find(now: now, where: { $0.revision == revision }) { return (known.read, []) }
    let read = make()
    return (read, cache.insert((revision, read), now: now).map(\.read))
  }

  /// Removes the snapshots of revisions that the history no longer holds, and returns them.
  mutating func forget(before revision: Int64) -> [Read] {
    cache.remove { $0.revision < revision }.map(\.read)
  }
}
