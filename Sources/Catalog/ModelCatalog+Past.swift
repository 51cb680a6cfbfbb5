import Synchronization

/// Reads of the past: never on the thread of whoever asks.
extension ModelCatalog {
  /// All models as they were at a public revision. Made once for all who ask; the last few are kept.
  package func past(at revision: Int64) async throws(PastError) -> Snapshot {
    let view = self.view
    // What is not known is not worth a task, and a revision that is dropped meanwhile is no longer served.
    _ = try view.mark(.revision(revision))
    let task = pasts.withLock { pasts in
      pasts.task(for: revision) { [encoder] in
        Task { [pastReads] in
          await pastReads.enter()
          defer { pastReads.leave() }
          return await Self.read(revision, of: view, encoder: encoder)
        }
      }
    }
    return try await task.value.get()
  }

  /// What is not the same at two moments; `namespace` nil is all. Seen through a filter, which uses no readings, what
  /// enters it is ADDED and what leaves it REMOVED. Made once for all who ask, so that pages of it cost
  /// little; the last few are kept, also when what they compare is dropped from the history meanwhile. When they are in the wrong order nothing is.
  @concurrent
  package func difference(
    from: PastPoint, to: PastPoint, namespace: String?, filter: Filter? = nil
  ) async throws(PastError) -> CatalogDifference {
    await pastReads.enter()
    defer { pastReads.leave() }
    // Nobody waits for it any more.
    if Task.isCancelled { return CatalogDifference(from: view.history.last, to: view.history.last) }
    let view = self.view
    if let known = differences.withLock({ $0.find(from, to, namespace, filter, in: view) }) { return known }
    let difference = try view.difference(from: from, to: to, namespace: namespace, filter: filter)
    differences.withLock { $0.keep(difference, namespace, filter) }
    return difference
  }

  @concurrent
  private static func read(
    _ revision: Int64, of view: CatalogView, encoder: any ModelEncoder
  ) async -> Result<Snapshot, PastError> {
    Result { () throws(PastError) in try view.snapshot(at: revision, encoder: encoder) }
  }
}

/// Snapshots of the past that were asked for last.
struct PastSnapshots {
  typealias Read = Task<Result<Snapshot, PastError>, Never>

  private static let limit = 4
  private var reads: [(revision: Int64, task: Read)] = []

  mutating func forget(before revision: Int64) {
    reads.removeAll { $0.revision < revision }
  }

  mutating func task(for revision: Int64, make: () -> Read) -> Read {
    if let index = reads.firstIndex(where: { $0.revision == revision }) {
      let known = reads.remove(at: index)
      reads.append(known)
      return known.task
    }
    let task = make()
    reads.append((revision, task))
    if reads.count > Self.limit { reads.removeFirst() }
    return task
  }
}
