import Catalog
import GRDB
import Synchronization

/// Writes to the file, one transaction after the other on its own queue, and assigns the revisions.
final class StoreWriter: Sendable {
  /// The writer's state in memory. It changes on the writer's queue, after each commit.
  private struct State {
    var revision: Int64
    var compacted: Int64
    /// The upper bound of all revisions that any process has used. The file has it before the writer uses such a
    /// revision.
    var reserved: Int64
    /// The upper bound of all revisions that earlier processes have used.
    let reservedBefore: Int64
    /// The highest revision that a transaction of this process has, also one that is under way or has failed.
    var assigned: Int64 = 0
    /// The first revision that this process may use, as of its start: the gap ends before it.
    var first: Int64
    /// Whether this process has committed a transaction. Its first transaction leaves a gap in the revisions.
    var hasCommitted = false
    /// The number of calls of `fence`.
    var fences = 0
    /// Whether revisions may be in use that the file does not have, because the caller goes on without it.
    var isBypassed = false
    /// Whether the connection flushes each commit at present.
    var isDurable = false
    /// Whether the connection is closed. After that, no call may use it in any way.
    var isClosed = false

    /// Whether fewer than half of the reserved revisions follow this one.
    func needsReservation(for revision: Int64) -> Bool { revision + StoreWriter.reservation / 2 > reserved }
  }

  private let epoch: Int64
  let connection: DatabaseQueue
  private let state: Mutex<State>
  /// The file as the connection opened it.
  private let identity: FileIdentity
  /// Returns the present, for the size of the gap.
  private let now: @Sendable () -> Timestamp

  init(
    _ connection: DatabaseQueue, _ identity: FileIdentity, head: StoreHead, now: @escaping @Sendable () -> Timestamp
  ) {
    self.identity = identity
    epoch = head.epoch
    self.connection = connection
    let first = max(head.revision + 1, head.reserved + 1, now().microseconds - head.epoch)
    state = Mutex(
      State(
        revision: head.revision, compacted: head.compacted, reserved: head.reserved, reservedBefore: head.reserved,
        first: first))
    self.now = now
  }

  var revision: Int64 { state.withLock { $0.revision } }
  /// Whether the caller goes on without the file.
  var isBypassed: Bool { state.withLock { $0.isBypassed } }
  var compacted: Int64 { state.withLock { $0.compacted } }

  /// Finishes the transactions in progress; every later call throws `.unavailable`. Blocks the thread.
  func finish() {
    connection.writeWithoutTransaction { db in
      let used = state.withLock { state -> Int64? in
        state.isClosed = true
        if state.isBypassed { return nil }
        return state.hasCommitted ? state.revision : max(state.revision, state.reservedBefore)
      }
      guard let used else { return }
      // Every revision in use is on the disk, so the file needs no larger reservation. If this write fails, the next
      // process leaves a gap.
      try? db.execute(sql: "PRAGMA synchronous = FULL; UPDATE meta SET reserved = ?", arguments: [used])
    }
  }

  /// Closes the connection. The last connection to close merges the journal into the file, and a read-only connection
  /// cannot do that.
  func close() throws {
    try connection.close()
  }

  func commit(_ transaction: StoreTransaction) async throws(StoreError) -> Int64 {
    guard transaction.operations.count <= storeTransactionLimit else { throw .tooManyOperations }
    let fences = state.withLock(\.fences)
    return try await write {
      transaction.isDurable || self.reservesMore(for: transaction)
    } _: { db in
      try self.check(transaction.conditions, db)
      guard !transaction.operations.isEmpty else { return self.revision }
      let revision = try self.assignRevision(to: transaction, fences: fences)
      try self.apply(transaction, as: revision, db)
      return revision
    } committed: { revision in
      self.state.withLock { state in
        guard revision > state.revision else { return }
        state.revision = revision
        state.hasCommitted = true
        // The caller goes on with the store again.
        if transaction.floor == 0, state.fences == fences { state.isBypassed = false }
        if state.needsReservation(for: revision) { state.reserved = revision + Self.reservation }
      }
    }
  }

  func fence() -> Int64 {
    state.withLock { state in
      state.fences += 1
      state.isBypassed = true
      return max(state.assigned, state.hasCommitted ? state.revision : state.first - 1)
    }
  }

  /// Reserves revisions for a process that cannot write later. When the disk refuses, the first transaction tries
  /// again.
  func reserve() {
    connection.writeWithoutTransaction { db in
      let reserved = state.withLock { $0.first + Self.reservation }
      let written: Void? = try? transact(db, durable: true) { db in
        try db.execute(sql: "UPDATE meta SET reserved = ?", arguments: [reserved])
      }
      if written != nil { state.withLock { $0.reserved = reserved } }
    }
  }

  func compact(to revision: Int64) async throws(StoreError) {
    let target = min(revision, self.revision)
    // Compacts in steps, so that transactions can run between them.
    while compacted < target {
      _ = try await write { db in
        try self.dropPiece(upTo: target, db)
      } committed: { reached in
        self.state.withLock { $0.compacted = reached }
      }
    }
  }

  func keep(_ hints: [StoreHint]) async throws(StoreError) {
    try await write { db in
      for hint in hints {
        if hint.value.isEmpty {
          try db.cachedStatement(sql: "DELETE FROM notes WHERE name = ?").execute(arguments: [Bytes(hint.name)])
        } else {
          try db.cachedStatement(sql: "INSERT OR REPLACE INTO notes (name, value) VALUES (?, ?)")
            .execute(arguments: [Bytes(hint.name), Bytes(hint.value)])
        }
      }
    } committed: { _ in
    }
  }

  /// Runs `body` as one SQLite transaction on the writer's queue, and then `committed` on the same queue. It goes on
  /// when the caller's task is cancelled.
  private func write<Outcome: Sendable>(
    durable: @escaping @Sendable () -> Bool = { false },
    _ body: @escaping @Sendable (Database) throws -> Outcome,
    committed: @escaping @Sendable (Outcome) -> Void
  ) async throws(StoreError) -> Outcome {
    let result = await withCheckedContinuation { continuation in
      connection.asyncWriteWithoutTransaction { db in
        let result = Result { try self.transact(db, durable: durable(), body) }
        if case .success(let outcome) = result { committed(outcome) }
        continuation.resume(
          returning: result.mapError { [path = self.connection.path] in
            StoreError($0, file: path, journal: db.journalError)
          })
      }
    }
    return try result.get()
  }

  private func transact<Outcome>(
    _ db: Database, durable: Bool, _ body: (Database) throws -> Outcome
  ) throws -> Outcome {
    if state.withLock(\.isClosed) { throw StoreError.closed(file: connection.path) }
    // A failed rollback leaves a transaction open.
    if db.isInsideTransaction { try db.rollback() }
    if durable != state.withLock(\.isDurable) {
      try db.execute(sql: "PRAGMA synchronous = \(durable ? "FULL" : "NORMAL")")
      state.withLock { $0.isDurable = durable }
    }
    var outcome: Outcome?
    try db.inTransaction(.immediate) {
      outcome = try body(db)
      try identity.check(path: connection.path)
      return .commit
    }
    guard let outcome else { throw CorruptStore(description: "a transaction without an outcome") }
    return outcome
  }

  /// The number of revisions to reserve at once. Half of them remain for a caller that goes on without the store. The
  /// next process may begin after them, 66 ms ahead of the clock: a new store begins at the clock.
  private static let reservation: Int64 = 1 << 16

  /// Gives a transaction the next revision; throws when a fence came since the caller handed it in.
  private func assignRevision(to transaction: StoreTransaction, fences: Int) throws -> Int64 {
    let revision = nextRevision(for: transaction)
    return try state.withLock { state in
      guard state.fences == fences else {
        throw StoreError.unavailable(reason: "\(connection.path): the caller no longer waits")
      }
      state.assigned = max(state.assigned, revision)
      return revision
    }
  }

  /// The next revision. The first transaction of a process leaves a gap, which begins after the reserved revisions and
  /// is as long as the time that has passed. A loss of power or a restored backup may have lost revisions that clients
  /// know. These revisions lie in the gap and stay unused, even when the clock was set back.
  private func nextRevision(for transaction: StoreTransaction) -> Int64 {
    let state = state.withLock { $0 }
    let next = state.hasCommitted ? state.revision + 1 : max(state.first, now().microseconds - epoch)
    return max(next, transaction.floor + 1)
  }

  /// Whether the writer must reserve more revisions. The file must have the reservation before the next revision is
  /// used.
  private func reservesMore(for transaction: StoreTransaction) -> Bool {
    let next = nextRevision(for: transaction)
    return state.withLock { $0.needsReservation(for: next) }
  }

  private func check(_ conditions: [(key: [UInt8], modified: Int64)], _ db: Database) throws {
    for (key, modified) in conditions {
      let statement = try db.cachedStatement(sql: "SELECT modified FROM entries WHERE key = ?")
      guard try Int64.fetchOne(statement, arguments: [Bytes(key)]) ?? 0 == modified else { throw StoreError.conflict }
    }
  }

  private func apply(_ transaction: StoreTransaction, as revision: Int64, _ db: Database) throws {
    let log = try db.cachedStatement(
      sql: """
        INSERT INTO changes (revision, ordinal, key, value, old_value, old_modified)
        SELECT ?1, ?2, ?3, ?4, entries.value, entries.modified FROM (SELECT 1) LEFT JOIN entries ON entries.key = ?3
        """)
    let put = try db.cachedStatement(sql: "INSERT OR REPLACE INTO entries (key, value, modified) VALUES (?, ?, ?)")
    let delete = try db.cachedStatement(sql: "DELETE FROM entries WHERE key = ?")
    for (ordinal, operation) in transaction.operations.enumerated() {
      let key = Bytes(operation.key)
      switch operation {
      case .put(_, let value):
        try log.execute(arguments: [revision, ordinal, key, Bytes(value)])
        try put.execute(arguments: [key, Bytes(value), revision])
      case .delete:
        try log.execute(arguments: [revision, ordinal, key, nil])
        try delete.execute(arguments: [key])
      }
    }
    try db.cachedStatement(sql: "INSERT INTO revisions (revision, time) VALUES (?, ?)")
      .execute(arguments: [revision, transaction.time.microseconds])
    try db.cachedStatement(sql: "UPDATE meta SET revision = ?").execute(arguments: [revision])
    if state.withLock({ $0.needsReservation(for: revision) }) {
      try db.cachedStatement(sql: "UPDATE meta SET reserved = ?").execute(arguments: [revision + Self.reservation])
    }
  }

  /// Drops the oldest revisions, about 4,000 operations; returns the last dropped revision.
  private func dropPiece(upTo target: Int64, _ db: Database) throws -> Int64 {
    let compacted = self.compacted
    guard compacted < target else { return compacted }
    let far = try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT revision FROM changes ORDER BY revision, ordinal LIMIT 1 OFFSET 4000"))
    let reached = min(far ?? target, target)
    for sql in [
      "DELETE FROM changes WHERE revision <= ?", "DELETE FROM revisions WHERE revision <= ?",
      "UPDATE meta SET compacted = ?",
    ] {
      try db.cachedStatement(sql: sql).execute(arguments: [reached])
    }
    return reached
  }
}
