import Synchronization

/// The store as the catalog writes it. It measures the commits, and remembers since when and why writes fail.
final class MonitoredStore: Sendable {
  let store: any Store
  private let codec: any FactCodec
  private let health = Mutex(StoreHealth())

  init(_ store: any Store, codec: any FactCodec) {
    self.store = store
    self.codec = codec
  }

  /// The failure that prevents writes; nil while writes succeed.
  var failure: StoreFailure? { health.withLock { $0.failure } }
  var figures: StoreFigures { health.withLock { $0.figures } }

  /// Commits one transaction. Returns the store's own revision, without the epoch.
  func commit(_ transaction: WritePlan.Transaction, at time: Timestamp) async throws(StoreError) -> Int64 {
    let began = ContinuousClock.now
    let operations = transaction.changes.map { $0.operation(codec) }
    do throws(StoreError) {
      let modified = try await store.commit(
        StoreTransaction(operations: operations, time: time, isDurable: transaction.isDurable))
      health.withLock { $0.committed(operations.count, took: ContinuousClock.now - began) }
      return modified
    } catch {
      health.withLock { $0.failed(error, at: time, took: ContinuousClock.now - began) }
      throw error
    }
  }

  /// Stores hints beside the facts. Success shows that the store accepts writes.
  func keep(_ hints: [StoreHint], at now: Timestamp) async throws(StoreError) {
    do throws(StoreError) {
      try await store.keep(hints)
      health.withLock { $0.recovered() }
    } catch {
      health.withLock { $0.failed(error, at: now) }
      throw error
    }
  }

  /// Drops from the store the revisions that the history has dropped: everything up to `floor`.
  func compact(to floor: RevisionMark, at now: Timestamp) async {
    let revision = floor.revision - store.epoch
    guard revision > store.compacted else { return }
    do throws(StoreError) {
      try await store.keep([FloorHint(revision: revision, time: floor.time).hint])
      try await store.compact(to: revision)
    } catch {
      // An uncompacted past does no harm; the next write tries again.
      health.withLock { $0.failed(error, at: now) }
    }
  }
}
