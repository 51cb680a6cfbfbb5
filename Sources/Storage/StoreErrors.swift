import Catalog
import GRDB

/// Describes an error in one sentence, without the file's name and without any value of a write. `number` is the
/// system's error number of the journal; 0 means unknown.
func explain(_ error: any Error, journal number: Int32 = 0) -> String {
  guard let error = error as? DatabaseError else {
    // A value has a wrong type or does not belong in a store. The text of GRDB's own errors would contain values.
    return (error as? CorruptStore)?.description ?? "the file holds what no store writes"
  }
  let message = error.message ?? "error \(error.extendedResultCode.rawValue)"
  let plain: String? =
    switch error.resultCode {
    case .SQLITE_FULL: "the disk is full"
    case .SQLITE_READONLY: "the file or its disk is read-only"
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: "the file is damaged"
    case .SQLITE_IOERR: diskFailure(error.extendedResultCode, journal: number)
    case .SQLITE_BUSY, .SQLITE_LOCKED: "another program keeps the file locked"
    case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH: "the file may not be opened"
    default: nil
    }
  let text = "\(message), error \(error.extendedResultCode.rawValue)"
  return plain.map { "\($0) (SQLite: \(text))" } ?? "SQLite: \(text)"
}

private func diskFailure(_ code: ResultCode, journal number: Int32) -> String {
  switch code {
  // SQLite makes a small file beside the store when it opens it.
  case .SQLITE_IOERR_SHMOPEN, .SQLITE_IOERR_SHMSIZE: "the disk is full, or it failed"
  case .SQLITE_IOERR_WRITE where number != 0, .SQLITE_IOERR_FSYNC where number != 0:
    "the disk failed: \(errorText(number))"
  default: "the disk failed"
  }
}

/// Whether the error comes from the file's content and not from the system.
func isDamage(_ error: any Error) -> Bool {
  guard let error = error as? DatabaseError else { return error is CorruptStore || error is RowDecodingError }
  return switch error.resultCode {
  // SQLITE_ERROR means that a table or a column is missing.
  case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR, .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_TOOBIG: true
  case .SQLITE_IOERR: error.extendedResultCode == .SQLITE_IOERR_SHORT_READ
  default: false
  }
}

extension StoreError {
  /// Converts an error of SQLite or of the file to `.unavailable`; a `StoreError` stays the same. `number` is as in
  /// `explain`.
  init(_ error: any Error, file: String, journal number: Int32 = 0) {
    self = error as? StoreError ?? .unavailable(reason: "\(file): \(explain(error, journal: number))")
  }

  static func closed(file: String) -> StoreError { .unavailable(reason: "\(file): the store is closed") }
}
