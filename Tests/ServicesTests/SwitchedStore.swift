import Catalog
import Synchronization

/// A store in memory that takes no writes while it is told so.
final class SwitchedStore: Store {
  private let inner = MemoryStore(epoch: 1_000_000)
  private let failure = Mutex<String?>(nil)

  var epoch: Int64 { inner.epoch }
  var revision: Int64 { inner.revision }
  var compacted: Int64 { inner.compacted }

  /// nil: it works.
  func fail(_ reason: String?) {
    failure.withLock { $0 = reason }
  }

  func range(prefix: [UInt8], at revision: Int64) throws(StoreError) -> [StoreEntry] {
    try inner.range(prefix: prefix, at: revision)
  }

  func fence() -> Int64 { inner.fence() }
  func changes(after revision: Int64) throws(StoreError) -> [StoreChange] { try inner.changes(after: revision) }
  func compact(to revision: Int64) async throws(StoreError) { try await inner.compact(to: revision) }
  func hints() throws(StoreError) -> [StoreHint] { try inner.hints() }

  func keep(_ hints: [StoreHint]) async throws(StoreError) {
    try check()
    try await inner.keep(hints)
  }

  func commit(_ transaction: StoreTransaction) async throws(StoreError) -> Int64 {
    try check()
    return try await inner.commit(transaction)
  }

  private func check() throws(StoreError) {
    if let reason = failure.withLock({ $0 }) { throw .unavailable(reason: reason) }
  }
}
