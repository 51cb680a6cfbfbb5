package import Catalog
import GRDB
import Synchronization

/// A store in one SQLite file of a data directory.
///
/// Transactions run one after the other on a queue of their own; reads use a second connection, so that they neither
/// wait for a writer nor make it wait. Use from any thread.
package final class SQLiteStore: Store {
  /// What is known without asking the file. It moves on the writer's queue, after each commit.
  struct State {
    var revision: Int64
    var compacted: Int64
    /// No revision above it was ever given out: on the disk before one is.
    var reserved: Int64
    /// Whether this process has committed a transaction: its first one leaves a gap in the revisions.
    var hasCommitted = false
    /// How the writer's connection is set now.
    var isDurable = false
    /// A closed connection may not even be asked whether it is open.
    var isClosed = false
  }

  package let epoch: Int64
  let state: Mutex<State>
  let writer: DatabaseQueue
  /// Nothing when it is closed.
  let reader: Mutex<DatabaseQueue?>
  /// The present, for the gap.
  let now: @Sendable () -> Timestamp
  private let lock: DirectoryLock

  init(
    writer: DatabaseQueue, reader: DatabaseQueue, lock: DirectoryLock, head: Head,
    now: @escaping @Sendable () -> Timestamp
  ) {
    epoch = head.epoch
    state = Mutex(State(revision: head.revision, compacted: head.compacted, reserved: head.reserved))
    self.writer = writer
    self.reader = Mutex(reader)
    self.lock = lock
    self.now = now
  }

  package var revision: Int64 { state.withLock { $0.revision } }
  package var compacted: Int64 { state.withLock { $0.compacted } }

  /// Finishes what was begun, brings everything into the one file, and leaves the directory to others. Whatever is
  /// called later throws `.unavailable`. Blocks the thread.
  package func close() throws(StoreError) {
    do {
      writer.writeWithoutTransaction { db in
        let revision = state.withLock { state in
          state.isClosed = true
          return state.revision
        }
        // Nothing is lost that was given out. Left out when the disk refuses: then the next process leaves a gap.
        try? db.execute(sql: "PRAGMA synchronous = FULL; UPDATE meta SET reserved = ?", arguments: [revision])
      }
      // The last one to close merges the journal, which a read-only connection cannot.
      try reader.withLock { try $0.take()?.close() }
      try writer.close()
    } catch {
      throw failure(error)
    }
    lock.release()
  }

  var closed: StoreError { .unavailable(reason: "\(writer.path): the store is closed") }

  func failure(_ error: any Error, journal number: Int32 = 0) -> StoreError {
    error as? StoreError ?? .unavailable(reason: "\(writer.path): \(explain(error, journal: number))")
  }
}
