import Synchronization

/// Reads snapshots of the past and differences, never on the caller's thread. Owns their caches.
final class PastReader: Sendable {
  private let publisher: CatalogPublisher
  private let encoder: any ModelEncoder
  private let snapshots = Mutex(PastSnapshotCache())
  private let differences = Mutex(DifferenceCache())
  /// Reads of the past only compute and never wait for I/O. So only one runs at a time, which leaves the other cores to
  /// probes and writes.
  private let turn = AsyncMutex()

  init(publisher: CatalogPublisher, encoder: any ModelEncoder) {
    self.publisher = publisher
    self.encoder = encoder
  }

  func snapshot(at revision: Int64) async throws(PastError) -> Snapshot {
    let view = publisher.view
    // A revision that the history does not hold needs no task. A cached snapshot that the history has dropped is not
    // served.
    _ = try view.mark(.revision(revision))
    let read = snapshots.withLock { snapshots in
      snapshots.read(of: revision, now: .now) { [encoder, turn] in
        Task {
          await turn.enter()
          defer { turn.leave() }
          return await Self.read(revision, of: view, encoder: encoder)
        }
      }
    }.read
    return try await read.value.get()
  }

  @concurrent
  func difference(_ request: DifferenceCache.Request) async throws(PastError) -> CatalogDifference {
    await turn.enter()
    defer { turn.leave() }
    let view = publisher.view
    // The caller no longer waits for the result.
    if Task.isCancelled { return CatalogDifference(from: view.history.last, to: view.history.last) }
    if let known = differences.withLock({ $0.find(request, in: view, now: .now) }) { return known }
    let difference = try view.difference(request)
    // Frees the evicted differences here, outside of the lock.
    _ = differences.withLock { $0.insert(difference, for: request, now: .now) }
    return difference
  }

  /// Drops the snapshots that the history no longer holds, and the differences that no client used since the last call.
  func age() {
    let floor = publisher.view.history.floor.revision
    _ = snapshots.withLock { $0.forget(before: floor) }
    _ = differences.withLock { $0.age(now: .now) }
  }

  var cacheFigures: (snapshots: CacheFigures, differences: CacheFigures) {
    (snapshots.withLock { $0.figures }, differences.withLock { $0.figures })
  }

  @concurrent
  private static func read(
    _ revision: Int64, of view: CatalogView, encoder: any ModelEncoder
  ) async -> Result<Snapshot, PastError> {
    Result { () throws(PastError) in try view.snapshot(at: revision, encoder: encoder) }
  }
}
