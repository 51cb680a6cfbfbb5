import Catalog
import GRDB
import Synchronization

/// Reads the file over its own connection, so that reads and the writer never wait for each other.
final class StoreReader: Sendable {
  private let path: String
  /// The connection; nil once the reader is closed.
  private let connection: Mutex<DatabaseQueue?>

  init(_ connection: DatabaseQueue) {
    path = connection.path
    self.connection = Mutex(connection)
  }

  func close() throws {
    try connection.withLock { try $0.take()?.close() }
  }

  func range(prefix: [UInt8], at revision: Int64) throws(StoreError) -> [StoreEntry] {
    try read { db in
      let head = try StoreHead(db)
      guard revision >= head.compacted else { throw StoreError.compacted }
      guard revision <= head.revision else { throw StoreError.future }
      let present = try Self.entries(prefix: prefix, db)
      guard revision < head.revision else { return present }
      return try Self.undo(present, prefix: prefix, to: revision, db)
    }
  }

  func changes(after revision: Int64) throws(StoreError) -> [StoreChange] {
    try read { db in
      guard try revision >= StoreHead(db).compacted else { throw StoreError.compacted }
      // CROSS makes SQLite visit revisions in order, and each revision's operations in order, without sorting.
      let statement = try db.cachedStatement(
        sql: """
          SELECT revisions.revision, revisions.time, changes.key, changes.value
          FROM revisions CROSS JOIN changes ON changes.revision = revisions.revision
          WHERE revisions.revision > ? ORDER BY revisions.revision, changes.ordinal
          """)
      let rows = try Row.fetchCursor(statement, arguments: [revision])
      var changes: [StoreChange] = []
      while let row = try rows.next() {
        let revision: Int64 = try row.decode(atIndex: 0)
        if changes.last?.revision != revision {
          let time = Timestamp(microseconds: try row.decode(atIndex: 1))
          changes.append(StoreChange(revision: revision, time: time, operations: []))
        }
        let key = try row.decode(Bytes.self, atIndex: 2).array
        let value = try row.decode(Bytes?.self, atIndex: 3)?.array
        changes[changes.count - 1].operations.append(value.map { .put(key: key, value: $0) } ?? .delete(key: key))
      }
      return changes
    }
  }

  func hints() throws(StoreError) -> [StoreHint] {
    try read { db in
      let rows = try Row.fetchCursor(db.cachedStatement(sql: "SELECT name, value FROM notes"))
      var hints: [StoreHint] = []
      while let row = try rows.next() {
        hints.append(
          StoreHint(
            name: try row.decode(Bytes.self, atIndex: 0).array, value: try row.decode(Bytes.self, atIndex: 1).array))
      }
      return hints
    }
  }

  /// Runs `body` over one consistent state of the file, whatever the writer commits meanwhile.
  private func read<Outcome: Sendable>(_ body: (Database) throws -> Outcome) throws(StoreError) -> Outcome {
    do {
      return try connection.withLock { connection in
        guard let connection else { throw StoreError.closed(file: path) }
        return try connection.read(body)
      }
    } catch {
      throw StoreError(error, file: path)
    }
  }

  private static func entries(prefix: [UInt8], _ db: Database) throws -> [StoreEntry] {
    let keys = PrefixRange(prefix)
    let statement = try db.cachedStatement(
      sql: "SELECT key, value, modified FROM entries WHERE \(keys.condition) ORDER BY key")
    let rows = try Row.fetchCursor(statement, arguments: keys.arguments)
    var entries: [StoreEntry] = []
    while let row = try rows.next() {
      entries.append(
        StoreEntry(
          key: try row.decode(Bytes.self, atIndex: 0).array, value: try row.decode(Bytes.self, atIndex: 1).array,
          modified: try row.decode(atIndex: 2)))
    }
    return entries
  }

  /// The entries as of a revision: for each key that has changed since, the entry that its first change replaced.
  private static func undo(
    _ present: [StoreEntry], prefix: [UInt8], to revision: Int64, _ db: Database
  ) throws -> [StoreEntry] {
    let keys = PrefixRange(prefix)
    let statement = try db.cachedStatement(
      sql: """
        SELECT key, old_value, old_modified FROM changes WHERE \(keys.condition) AND revision > ?
        ORDER BY key, revision, ordinal
        """)
    let rows = try Row.fetchCursor(statement, arguments: keys.arguments + [revision])
    var entries: [StoreEntry] = []
    entries.reserveCapacity(present.count)
    // Both lists ascend by key, so the entries between two changed keys stay the same.
    var next = 0
    var last: [UInt8]?
    while let row = try rows.next() {
      let key = try row.decode(Bytes.self, atIndex: 0).array
      guard key != last else { continue }
      last = key
      let start = next
      while next < present.count, present[next].key.lexicographicallyPrecedes(key) { next += 1 }
      entries += present[start..<next]
      if next < present.count, present[next].key == key { next += 1 }
      if let value = try row.decode(Bytes?.self, atIndex: 1) {
        entries.append(StoreEntry(key: key, value: value.array, modified: try row.decode(atIndex: 2)))
      }
    }
    return entries + present[next...]
  }
}
