/// The differences that clients requested last, so that all pages of a difference share one computation. It is a value:
/// its owner locks it, and frees the evicted differences outside of the lock.
struct DifferenceCache {
  private struct Entry {
    var difference: CatalogDifference
    var namespace: String?
    var filter: Filter?
  }

  /// A comparison that a client requests.
  struct Request {
    var from: PastPoint
    var to: PastPoint
    /// The namespace to compare; nil covers all.
    var namespace: String?
    var filter: Filter?
    /// Now, for points that are times.
    var present: PresentTime
  }

  private static let countLimit = 4
  private var cache = LRUCache<Entry>(countLimit: countLimit)
  private var lastAged = ContinuousClock.now

  var figures: CacheFigures { cache.figures }

  /// The cached difference for a request; nil when there is none. `view` resolves the points of the request to
  /// revisions.
  mutating func find(_ request: Request, in view: CatalogView, now: ContinuousClock.Instant) -> CatalogDifference? {
    func means(_ point: PastPoint, _ mark: RevisionMark) -> Bool {
      if case .revision(let revision) = point { return revision == mark.revision }
      return (try? view.mark(point, present: request.present)) == mark
    }
    let found = cache.find(now: now) { entry in
      entry.namespace.map { ByteString($0) } == request.namespace.map { ByteString($0) }
        && entry.filter == request.filter && means(request.from, entry.difference.from)
        && means(request.to, entry.difference.to)
    }
    return found?.difference
  }

  /// Adds a difference, and returns the differences that leave the cache.
  mutating func insert(
    _ difference: CatalogDifference, for request: Request, now: ContinuousClock.Instant
  ) -> [CatalogDifference] {
    let entry = Entry(difference: difference, namespace: request.namespace, filter: request.filter)
    return cache.insert(entry, now: now).map(\.difference)
  }

  /// Removes the differences that no client used since the last call, and returns them.
  mutating func age(now: ContinuousClock.Instant) -> [CatalogDifference] {
    defer { lastAged = now }
    return cache.removeUnused(for: now - lastAged, now: now).map(\.difference)
  }
}
