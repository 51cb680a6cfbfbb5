package import Catalog
import Dispatch

/// A store in one SQLite file of a data directory.
///
/// Transactions run one after the other on their own queue (`StoreWriter`). Reads use a second connection
/// (`StoreReader`), so that readers and the writer never wait for each other. Any thread may use the store.
package final class SQLiteStore: Store {
  package let epoch: Int64
  package let mayBeBehind: Bool
  let writer: StoreWriter
  private let reader: StoreReader
  private let lock: DirectoryLock
  private let path: String

  init(_ file: StoreFile, epoch: Int64, writer: StoreWriter, reader: StoreReader, lock: DirectoryLock) {
    path = file.path
    self.epoch = epoch
    self.writer = writer
    self.reader = reader
    self.lock = lock
    mayBeBehind = lock.fileWasMissing && writer.revision > 0
  }

  package var revision: Int64 { writer.revision }
  package var compacted: Int64 { writer.compacted }

  package func range(prefix: [UInt8], at revision: Int64) throws(StoreError) -> [StoreEntry] {
    try reader.range(prefix: prefix, at: revision)
  }

  package func changes(after revision: Int64) throws(StoreError) -> [StoreChange] {
    try reader.changes(after: revision)
  }

  package func hints() throws(StoreError) -> [StoreHint] {
    try reader.hints()
  }

  package func commit(_ transaction: StoreTransaction) async throws(StoreError) -> Int64 {
    let revision = try await writer.commit(transaction)
    // The caller goes on with the store.
    if transaction.floor == 0, !writer.isBypassed { lock.restoreFile() }
    return revision
  }

  package func fence() -> Int64 {
    // The disk may hang. Whatever its outcome, only the next process needs the mark.
    DispatchQueue.global().async { [lock] in lock.removeFile() }
    return writer.fence()
  }

  package func compact(to revision: Int64) async throws(StoreError) {
    try await writer.compact(to: revision)
  }

  package func keep(_ hints: [StoreHint]) async throws(StoreError) {
    try await writer.keep(hints)
  }

  /// Finishes the transactions in progress, merges the journal into the file, and releases the directory to other
  /// processes. Every later call throws `.unavailable`. Blocks the thread.
  package func close() throws(StoreError) {
    do {
      writer.finish()
      try reader.close()
      try writer.close()
    } catch {
      throw StoreError(error, file: path)
    }
    lock.release()
  }
}
