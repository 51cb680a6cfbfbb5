/// The lists that clients asked for last, so that the pages of a list share one computation. A value: its owner locks
/// it, and frees outside of the lock what it returns as evicted.
struct ListResultCache {
  /// How long an unused list, or an unused snapshot for pages, stays.
  static let patience: Duration = .seconds(60)
  private static let countLimit = 64
  /// Models of all lists together, of four bytes each.
  private static let rankLimit = 4_000_000

  private var cache = LRUCache<ListResult>(countLimit: countLimit, costLimit: rankLimit)

  var figures: CacheFigures { cache.figures }

  mutating func find(_ query: ListQuery, revision: Int64, now: ContinuousClock.Instant) -> ListResult? {
    cache.find(now: now) { $0.snapshot.revision == revision && $0.query == query }
  }

  /// Returns the lists that leave the cache.
  mutating func insert(_ result: ListResult, now: ContinuousClock.Instant) -> [ListResult] {
    let aged = cache.removeUnused(for: Self.patience, now: now)
    return aged + cache.insert(result, cost: result.count, now: now)
  }

  /// Removes the lists that no client asked for lately, and returns them.
  mutating func age(now: ContinuousClock.Instant) -> [ListResult] {
    cache.removeUnused(for: Self.patience, now: now)
  }
}
