import Foundation
import GRDB

/// The database's file: its path, its creation and its header.
struct StoreFile {
  var directory: String

  var path: String { directory + "/rollcall.db" }
  private var unfinished: String { path + ".new" }

  var exists: Bool { FileManager.default.fileExists(atPath: path) }

  /// Whether the file begins like a store, by the format of SQLite's files. It reads only the header and does not use
  /// SQLite, which might repair a file that is not ours.
  func isStore() throws -> Bool {
    let file = try FileHandle(forReadingFrom: URL(filePath: path))
    defer { try? file.close() }
    let header = [UInt8](try file.read(upToCount: 100) ?? Data())
    guard header.count == 100, header.starts(with: Array("SQLite format 3\0".utf8)) else { return false }
    let applicationID = header[68..<72].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return applicationID == UInt32(bitPattern: StoreSchema.applicationID)
  }

  /// Makes a new store under another name and then renames it. So a file of the store's name is always complete.
  func create(epoch: Int64) throws {
    // Removes the remains of an earlier attempt, and a journal without its file, which SQLite would apply to the new
    // file.
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
