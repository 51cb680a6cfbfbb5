import Catalog
import Storage
import Synchronization

/// A store that is closed and opened again before each call: nothing may live in memory alone.
final class ReopeningStore: Store {
  private let directory: String
  private let store: Mutex<SQLiteStore>

  init(_ directory: String) throws {
    self.directory = directory
    store = Mutex(try open(directory))
  }

  private func reopened() throws(StoreError) -> SQLiteStore {
    try store.withLock { store throws(StoreError) in
      try store.close()
      do throws(StorageOpenError) {
        store = try open(directory)
      } catch {
        throw .unavailable(reason: error.description)
      }
      return store
    }
  }

  var epoch: Int64 { store.withLock { $0.epoch } }
  var revision: Int64 { store.withLock { $0.revision } }
  var compacted: Int64 { store.withLock { $0.compacted } }

  func range(prefix: [UInt8], at revision: Int64) throws(StoreError) -> [StoreEntry] {
    try reopened().range(prefix: prefix, at: revision)
  }

  func commit(_ transaction: StoreTransaction) async throws(StoreError) -> Int64 {
    try await reopened().commit(transaction)
  }

  func fence() -> Int64 { store.withLock { $0.fence() } }

  func changes(after revision: Int64) throws(StoreError) -> [StoreChange] {
    try reopened().changes(after: revision)
  }

  func compact(to revision: Int64) async throws(StoreError) {
    try await reopened().compact(to: revision)
  }

  func hints() throws(StoreError) -> [StoreHint] {
    try reopened().hints()
  }

  func keep(_ hints: [StoreHint]) async throws(StoreError) {
    try await reopened().keep(hints)
  }

  func close() throws(StoreError) {
    try store.withLock { store throws(StoreError) in try store.close() }
  }
}
