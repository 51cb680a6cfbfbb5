import GRDB
import GRDBSQLite
import Glibc

/// The system's text for one of its error numbers.
func errorText(_ number: Int32) -> String {
  unsafe String(cString: strerror(number))
}

extension Database {
  /// The system's error number when it last refused to write or flush the journal; 0 when it never did. SQLite's own
  /// error does not include it. (sqlite3.h: SQLITE_FCNTL_JOURNAL_POINTER and SQLITE_FCNTL_LAST_ERRNO.)
  var journalError: Int32 {
    var file: UnsafeMutablePointer<sqlite3_file>?
    var number: Int32 = 0
    guard let connection = unsafe sqliteConnection,
      unsafe sqlite3_file_control(connection, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) == SQLITE_OK,
      let file = unsafe file, let methods = unsafe file.pointee.pMethods,
      unsafe methods.pointee.xFileControl?(file, SQLITE_FCNTL_LAST_ERRNO, &number) == SQLITE_OK
    else { return 0 }
    return number
  }
}
