/// The lists that clients requested last, so that all pages of a list share one computation. It is a value: its owner
/// locks it, and frees the evicted lists outside of the lock.
struct ListResultCache {
  /// How long an unused list, or an unused snapshot for further pages, stays in the cache.
  static let patience: Duration = .seconds(60)
  private static let countLimit = 64
  /// The largest number of ranks in all cached lists together, at four bytes each.
  private static let rankLimit = 4_000_000

  private var cache = LRUCache<ListResult>(countLimit: countLimit, costLimit: rankLimit)

  var figures: CacheFigures { cache.figures }

  mutating func find(_ query: ListQuery, revision: Int64, now: ContinuousClock.Instant) -> ListResult? {
    cache.find(now: now) { $0.snapshot.revision == revision && $0.query == query }
  }

  /// Adds a list, and returns the lists that leave the cache.
  mutating func insert(_ result: ListResult, now: ContinuousClock.Instant) -> [ListResult] {
    let aged = cache.removeUnused(for: Self.patience, now: now)
    return aged + cache.insert(result, cost: result.count, now: now)
  }

  /// Removes the lists that no client used lately, and returns them.
  mutating func age(now: ContinuousClock.Instant) -> [ListResult] {
    cache.removeUnused(for: Self.patience, now: now)
  }
}
