import Foundation
import GRDB
import GRDBSQLite

/// Bytes as SQLite's BLOB.
struct Bytes: DatabaseValueConvertible, StatementColumnConvertible {
  var array: [UInt8]

  init(_ array: [UInt8]) {
    self.array = array
  }

  /// Copies the bytes only once, because loading a store reads hundreds of thousands of rows.
  init?(sqliteStatement: SQLiteStatement, index: CInt) {
    // SQLite requires the pointer first, then the length. An empty BLOB has a nil pointer.
    let start = unsafe sqlite3_column_blob(sqliteStatement, index)
    let count = unsafe Int(sqlite3_column_bytes(sqliteStatement, index))
    array = unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
  }

  var databaseValue: DatabaseValue { Data(array).databaseValue }

  static func fromDatabaseValue(_ value: DatabaseValue) -> Bytes? {
    Data.fromDatabaseValue(value).map { Bytes([UInt8]($0)) }
  }
}
