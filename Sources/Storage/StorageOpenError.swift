/// Why a store could not be opened. `description` is for a command line, and includes the remedy.
package enum StorageOpenError: Error, Hashable, CustomStringConvertible {
  /// Another process uses the directory; `process` is its id, or nil when it is unknown.
  case inUse(directory: String, process: Int32?)
  /// The directory cannot be created or written to.
  case unusable(directory: String, reason: String)
  /// The file is not a store. The program did not change it.
  case foreign(file: String)
  /// A newer version of this program wrote the file. The program did not change it.
  case newer(file: String)
  /// The file is a damaged store. The program did not change it.
  case damaged(file: String, reason: String)
  /// The system does not allow reading or writing the file at the moment.
  case unavailable(file: String, reason: String)

  package var description: String {
    switch self {
    case .inUse(let directory, let process):
      "the data directory \(directory) is in use by \(process.map { "process \($0)" } ?? "another process"): "
        + "stop that one, or choose another directory with --data"
    case .unusable(let directory, let reason):
      "cannot keep data in the directory \(directory): \(reason); "
        + "choose another directory with --data, or keep nothing with --in-memory"
    case .foreign(let file):
      "\(file) is not a store of Rollcall, or its beginning is damaged; nothing was written to it; "
        + "restore a backup, move it and the files that begin with its name away, "
        + "or choose another directory with --data"
    case .newer(let file):
      "\(file) was written by a newer version of Rollcall; nothing was written to it; "
        + "run that version, restore a backup, or choose another directory with --data"
    case .damaged(let file, let reason):
      "\(file) is damaged: \(reason); nothing was written to it; restore a backup, "
        + "or move it and the files that begin with its name away to begin anew"
    case .unavailable(let file, let reason):
      "cannot open \(file): \(reason)"
    }
  }
}
