package import Catalog
import Foundation
import GRDB
package import Logging

extension SQLiteStore {
  /// Opens the store in a directory, or makes a new store when the directory has none. It writes only to a file that is
  /// an intact store of this version or an older one. It reads the whole file to check it, and blocks the thread.
  ///
  /// `now` returns the present. It gives the epoch of a new store, and the size of the gap before this process's first
  /// transaction.
  package static func open(
    directory: String, now: @escaping @Sendable () -> Timestamp, logger: Logger
  ) throws(StorageOpenError) -> SQLiteStore {
    let file = StoreFile(directory: directory)
    let lock = try lock(directory)
    do {
      let isNew = !file.exists
      if isNew { try file.create(epoch: now().microseconds) }
      guard try file.isStore() else { throw StorageOpenError.foreign(file: file.path) }
      let start = ContinuousClock.now
      let reader = try DatabaseQueue(path: file.path, configuration: ConnectionSettings.reader)
      try reader.read { db in try examine(db, file: file.path) }
      let writer = try DatabaseQueue(path: file.path, configuration: ConnectionSettings.writer)
      try writer.writeWithoutTransaction { db in
        // A copy that another tool made may have lost this setting.
        try db.execute(sql: "PRAGMA journal_mode = WAL")
      }
      try StoreSchema.migrator.migrate(writer)
      // A killed process may have written transactions without a flush. Clients may read them from now on and rely on
      // them.
      try writer.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA wal_checkpoint(PASSIVE)") }
      let head = try reader.read(StoreHead.init)
      let storeWriter = StoreWriter(writer, try FileIdentity(path: file.path), head: head, now: now)
      storeWriter.reserve()
      logger.info(
        isNew ? "made a new store" : "opened the store",
        metadata: [
          "file": "\(file.path)", "epoch": "\(head.epoch)", "revision": "\(head.revision)",
          "compacted": "\(head.compacted)", "checked_in": "\(ContinuousClock.now - start)",
        ])
      return SQLiteStore(
        file, epoch: head.epoch, writer: storeWriter, reader: StoreReader(reader), lock: lock)
    } catch let error as StorageOpenError {
      throw error
    } catch let error as CocoaError {
      throw .unavailable(file: file.path, reason: error.localizedDescription)
    } catch let error as SystemFailure {
      throw .unavailable(file: file.path, reason: errorText(error.number))
    } catch {
      throw isDamage(error)
        ? .damaged(file: file.path, reason: explain(error)) : .unavailable(file: file.path, reason: explain(error))
    }
  }

  private static func lock(_ directory: String) throws(StorageOpenError) -> DirectoryLock {
    do {
      if !FileManager.default.fileExists(atPath: directory) {
        try FileManager.default.createDirectory(
          atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        syncDirectory(URL(filePath: directory).deletingLastPathComponent().path(percentEncoded: false))
      }
      return try DirectoryLock(directory: directory)
    } catch DirectoryLock.Refusal.taken(let process) {
      throw .inUse(directory: directory, process: process)
    } catch DirectoryLock.Refusal.failed(let reason) {
      throw .unusable(directory: directory, reason: reason)
    } catch {
      throw .unusable(directory: directory, reason: error.localizedDescription)
    }
  }

  /// Throws unless the file is an intact store of a version that this program understands.
  private static func examine(_ db: Database, file: String) throws {
    guard try !StoreSchema.migrator.hasBeenSuperseded(db) else { throw StorageOpenError.newer(file: file) }
    let finding = try String.fetchOne(db, sql: "PRAGMA quick_check(1)")
    guard finding == "ok" else {
      throw StorageOpenError.damaged(file: file, reason: finding ?? "the check found no word for it")
    }
    _ = try StoreHead(db)
  }
}
