package import Catalog
import GRDB
import Synchronization

extension SQLiteStore {
  package func range(prefix: [UInt8], at revision: Int64) throws(StoreError) -> [StoreEntry] {
    try read { db in
      let head = try Head(db)
      guard revision >= head.compacted else { throw StoreError.compacted }
      guard revision <= head.revision else { throw StoreError.future }
      let present = try Self.entries(prefix: prefix, db)
      guard revision < head.revision else { return present }
      return try Self.undo(present, prefix: prefix, to: revision, db)
    }
  }

  package func changes(after revision: Int64) throws(StoreError) -> [StoreChange] {
    try read { db in
      guard try revision >= Head(db).compacted else { throw StoreError.compacted }
      // CROSS: revisions in order, each with its operations in order, and no sorting.
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

  package func notes() throws(StoreError) -> [StoreHint] {
    try read { db in
      let rows = try Row.fetchCursor(db.cachedStatement(sql: "SELECT name, value FROM notes"))
      var notes: [StoreHint] = []
      while let row = try rows.next() {
        notes.append(
          StoreHint(
            name: try row.decode(Bytes.self, atIndex: 0).array, value: try row.decode(Bytes.self, atIndex: 1).array))
      }
      return notes
    }
  }

  /// Runs `body` over one state of the file, whatever is committed meanwhile.
  private func read<Outcome: Sendable>(_ body: (Database) throws -> Outcome) throws(StoreError) -> Outcome {
    do {
      return try reader.withLock { reader in
        guard let reader else { throw closed }
        return try reader.read(body)
      }
    } catch {
      throw failure(error)
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

  /// What was there at a revision: of each key that has changed since, what its first change replaced.
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
    // Both are in the order of keys: what is between two that changed is as it was.
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
