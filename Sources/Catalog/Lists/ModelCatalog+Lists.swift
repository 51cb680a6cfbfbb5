import Synchronization

/// Lists of the present and of snapshots that are held for their next pages.
extension ModelCatalog {
  /// Models that may be looked at on an event loop, for a list in the order of keys and for one that is sorted.
  private static let visitLimit = 1_000
  private static let sortLimit = 250
  /// Lists that wait to be made; a line that is longer helps nobody.
  private static let waitingLimit = 16

  /// A list that is at hand, or made of so few models that an event loop may make it; nil: ask `list`.
  package func listNow(_ query: ListQuery, of snapshot: Snapshot) -> ListResult? {
    if let list = snapshot.listAtOnce(query) ?? kept(query, snapshot) { return list }
    let limit = query.isInKeyOrder ? Self.visitLimit : Self.sortLimit
    guard snapshot.cost(of: query, limit: limit) < limit else { return nil }
    guard let list = snapshot.list(query, lookup(query), budget: LookCost.budget) else { return nil }
    // Of a small snapshot it is made as quickly as it is found.
    if snapshot.count >= limit { keep(list) }
    return list
  }

  /// A list of any size, made off the caller's thread, once for all who ask the same of the same revision. One at a time
  /// leaves the other cores to probes and event loops. When the caller's task is cancelled it is empty.
  @concurrent
  package func list(_ query: ListQuery, of snapshot: Snapshot) async throws(TooManyLists) -> ListResult {
    guard await listing.enter(behindAtMost: Self.waitingLimit) else { throw TooManyLists() }
    defer { listing.leave() }
    if let list = snapshot.listAtOnce(query) ?? kept(query, snapshot) { return list }
    guard !Task.isCancelled, let list = snapshot.list(query, lookup(query)) else {
      return ListResult(snapshot, query, .run(0..<0))
    }
    keep(list)
    return list
  }

  /// Keeps a snapshot for the pages that may follow: for 60 s from its last use, and no more than the last 64, of which 4
  /// were made of the history.
  package func hold(_ snapshot: Snapshot) {
    held.withLock { $0.hold(snapshot, now: .now) }
  }

  /// The snapshot of a revision, when it is the present one or held.
  package func held(at revision: Int64) -> Snapshot? {
    if let present = readySnapshot, present.revision == revision { return present }
    return held.withLock { $0.find(revision, now: .now) }
  }

  /// Lists that are kept for their next pages, snapshots that are, and lists that wait to be made.
  package var listFigures: (kept: Int, snapshots: Int, waiting: Int) {
    (lists.withLock { $0.count }, held.withLock { $0.count }, listing.count)
  }

  func ageLists() {
    lists.withLock { $0.age(now: .now) }
    held.withLock { $0.age(now: .now) }
  }

  private func kept(_ query: ListQuery, _ snapshot: Snapshot) -> ListResult? {
    query.usesReadings ? nil : lists.withLock { $0.find(query, revision: snapshot.revision, now: .now) }
  }

  private func keep(_ list: ListResult) {
    if !list.query.usesReadings { lists.withLock { $0.keep(list, now: .now) } }
  }

  private func lookup(_ query: ListQuery) -> ReadingsLookup {
    query.usesReadings ? readings.lookup : .none
  }
}

/// So many lists are waiting to be made that no more are taken.
package struct TooManyLists: Error {}
