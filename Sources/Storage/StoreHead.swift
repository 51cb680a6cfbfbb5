import GRDB

/// The store's numbers, kept in the one row of `meta`.
struct StoreHead {
  var epoch: Int64
  var revision: Int64
  var compacted: Int64
  /// No revision above it was ever given out.
  var reserved: Int64

  /// Throws what SQLite throws, and `CorruptStore` for numbers that no store writes.
  init(_ db: Database) throws {
    let row = try Row.fetchOne(db.cachedStatement(sql: "SELECT epoch, revision, compacted, reserved FROM meta"))
    guard let row else { throw CorruptStore(description: "its numbers are missing") }
    epoch = try row.decode(atIndex: 0)
    revision = try row.decode(atIndex: 1)
    compacted = try row.decode(atIndex: 2)
    reserved = try row.decode(atIndex: 3)
    // In microseconds, 36,000 years: sums stay far from the end of the type.
    let limit: Int64 = 1 << 60
    guard 0 < epoch, epoch < limit, 0 <= compacted, compacted <= revision, revision <= reserved,
      reserved < limit
    else {
      throw CorruptStore(description: "its numbers are nonsense")
    }
  }
}

/// What the file says is not what a store writes.
struct CorruptStore: Error, CustomStringConvertible {
  var description: String
}
