import Foundation
import GRDB

/// The database's file: its place, its making and its first bytes.
struct StoreFile {
  var directory: String

  var path: String { directory + "/rollcall.db" }
  private var unfinished: String { path + ".new" }

  var exists: Bool { FileManager.default.fileExists(atPath: path) }

  /// Whether the file begins as a store does, by the format of SQLite's files: nothing but its first bytes is looked
  /// at, and SQLite, which might repair what is not ours, is not asked.
  func isStore() throws -> Bool {
    let file = try FileHandle(forReadingFrom: URL(filePath: path))
    defer { try? file.close() }
    let header = [UInt8](try file.read(upToCount: 100) ?? Data())
    guard header.count == 100, header.starts(with: Array("SQLite format 3\0".utf8)) else { return false }
    let applicationID = header[68..<72].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return applicationID == UInt32(bitPattern: StoreSchema.applicationID)
  }

  /// Makes a new store beside its place and moves it there when it is whole: a file of that name is never half made.
  func create(epoch: Int64) throws {
    // What an earlier attempt left, and a journal without its file: SQLite would take it for the new file's.
    for name in [unfinished, path] {
      for suffix in ["", "-journal", "-wal", "-shm"] where FileManager.default.fileExists(atPath: name + suffix) {
        try FileManager.default.removeItem(atPath: name + suffix)
      }
    }
    let database = try DatabaseQueue(path: unfinished)
    try database.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA application_id = \(StoreSchema.applicationID)")
    }
    try StoreSchema.migrator.migrate(database)
    try database.writeWithoutTransaction { db in
      try db.execute(
        sql: "INSERT INTO meta (id, epoch, revision, compacted, reserved) VALUES (0, ?, 0, 0, 0)", arguments: [epoch])
      try db.execute(sql: "PRAGMA journal_mode = WAL")
    }
    try database.close()
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: unfinished)
    try FileManager.default.moveItem(atPath: unfinished, toPath: path)
    syncDirectory(directory)
  }
}
