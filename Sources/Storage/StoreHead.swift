import GRDB

/// The store's numbers, from the only row of `meta`.
struct StoreHead {
  var epoch: Int64
  var revision: Int64
  var compacted: Int64
  /// The upper bound of all revisions that any process has used.
  var reserved: Int64

  /// Reads the numbers; throws SQLite's errors, and `CorruptStore` for numbers that no store writes.
  init(_ db: Database) throws {
    let row = try Row.fetchOne(db.cachedStatement(sql: "SELECT epoch, revision, compacted, reserved FROM meta"))
    guard let row else { throw CorruptStore(description: "its numbers are missing") }
    epoch = try row.decode(atIndex: 0)
    revision = try row.decode(atIndex: 1)
    compacted = try row.decode(atIndex: 2)
    reserved = try row.decode(atIndex: 3)
    // As microseconds, 36,000 years: sums stay far from overflow.
    let limit: Int64 = 1 << 60
    guard 0 < epoch, epoch < limit, 0 <= compacted, compacted <= revision, revision <= reserved,
      reserved < limit
    else {
      throw CorruptStore(description: "its numbers are nonsense")
    }
  }
}

/// The file contains values that no store writes.
struct CorruptStore: Error, CustomStringConvertible {
  var description: String
}
