import Synchronization

/// Makes lists of the present, and of snapshots that the catalog holds for further pages. It owns the caches of lists
/// and snapshots, and the queue of the lists that are too large for an event loop.
final class ListMaker: Sendable {
  /// The largest number of models that an event loop may visit, for a list in the order of keys and for a sorted list.
  private static let visitLimit = 1_000
  private static let sortLimit = 250

  private let publisher: CatalogPublisher
  private let readings: ReadingsBoard
  private let lists = Mutex(ListResultCache())
  private let snapshots = Mutex(SnapshotCache())
  private let queue = ListQueue()

  init(publisher: CatalogPublisher, readings: ReadingsBoard) {
    self.publisher = publisher
    self.readings = readings
  }

  func listNow(_ query: ListQuery, of snapshot: Snapshot) -> ListResult? {
    let builder = ListBuilder(snapshot, query)
    if let list = builder.listUnvisited() ?? cached(query, snapshot) { return list }
    let limit = query.isInKeyOrder ? Self.visitLimit : Self.sortLimit
    guard builder.visits(limit: limit) < limit else { return nil }
    guard let list = builder.list(lookup(query), budget: VisitCost.budget) else { return nil }
    // Making a list of a small snapshot is as quick as finding it in the cache.
    if snapshot.count >= limit { cache(list) }
    return list
  }

  @concurrent
  func list(
    _ query: ListQuery, of snapshot: Snapshot, for client: ListClient
  ) async throws(TooManyLists) -> ListResult {
    try await queue.enter(client)
    defer { queue.leave() }
    let builder = ListBuilder(snapshot, query)
    if let list = builder.listUnvisited() ?? cached(query, snapshot) { return list }
    guard !Task.isCancelled, let list = builder.list(lookup(query)) else {
      return ListResult(snapshot, query, .run(0..<0))
    }
    cache(list)
    return list
  }

  func hold(_ snapshot: Snapshot) {
    // Frees the evicted snapshots here, outside of the lock.
    _ = snapshots.withLock { $0.hold(snapshot, now: .now) }
  }

  /// The snapshot of a revision; nil unless it is the present one or held.
  func held(at revision: Int64) -> Snapshot? {
    if let present = publisher.readySnapshot, present.revision == revision { return present }
    return snapshots.withLock { $0.find(revision, now: .now) }
  }

  /// Drops the lists and snapshots that no client used lately.
  func age() {
    _ = lists.withLock { $0.age(now: .now) }
    _ = snapshots.withLock { $0.age(now: .now) }
  }

  var waitingCount: Int { queue.count }

  var cacheFigures: (lists: CacheFigures, snapshots: CacheFigures) {
    (lists.withLock { $0.figures }, snapshots.withLock { $0.figures })
  }

  /// A cached list; nil when there is none. A list by readings is never cached, because it changes without a revision.
  private func cached(_ query: ListQuery, _ snapshot: Snapshot) -> ListResult? {
    query.usesReadings ? nil : lists.withLock { $0.find(query, revision: snapshot.revision, now: .now) }
  }

  private func cache(_ list: ListResult) {
    guard !list.query.usesReadings else { return }
    _ = lists.withLock { $0.insert(list, now: .now) }
  }

  private func lookup(_ query: ListQuery) -> ReadingsLookup {
    query.usesReadings ? readings.lookup : .none
  }
}
