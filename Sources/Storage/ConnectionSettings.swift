import GRDB

/// The settings of the two connections, with reasons.
enum ConnectionSettings {
  /// Of the connection that writes. `journal_mode` is WAL and kept in the file: a commit is one append, and readers (also a backup
  /// by `sqlite3 FILE ".backup COPY"`) go on beside it.
  static var writer: Configuration {
    var configuration = common
    // Another program that writes (a person with a shell) is waited for, on the writer's queue.
    configuration.busyMode = .timeout(5)
    // Should a rollback fail, the next transaction tries it again. Without this the process would stop, and so it
    // would if a transaction came after the store is closed.
    configuration.allowsUnsafeTransactions = true
    configuration.prepareDatabase { db in
      try db.execute(
        sql: """
          -- Flushed when the journal is merged: a killed process loses nothing, a loss of power the last transactions.
          -- Durable ones switch to FULL, which flushes the journal at each commit.
          PRAGMA synchronous = NORMAL;
          -- Merge the journal into the file at 1,000 pages (4 MiB): reads stay fast, a merge takes milliseconds.
          PRAGMA wal_autocheckpoint = 1000;
          -- A journal that a long read let grow is cut to 16 MiB when it is next begun anew.
          PRAGMA journal_size_limit = 16777216;
          """)
    }
    return configuration
  }

  /// Of the connection that reads, also before the file is known to be a store: it cannot change the file.
  static var reader: Configuration {
    var configuration = common
    configuration.readonly = true
    configuration.busyMode = .timeout(5)
    return configuration
  }

  private static var common: Configuration {
    var configuration = Configuration()
    // There are no foreign keys to check.
    configuration.foreignKeysEnabled = false
    configuration.prepareDatabase { db in
      try db.execute(
        sql: """
          -- 8 MiB of pages for each connection; the system's cache holds the rest.
          PRAGMA cache_size = -8192;
          -- Never map the file into memory: an I/O error would be a signal that ends the process.
          PRAGMA mmap_size = 0;
          -- Sort in memory: no file outside of the data directory, nothing that a full /tmp could stop.
          PRAGMA temp_store = MEMORY;
          -- Look closer at each page that is read: damage becomes an error early.
          PRAGMA cell_size_check = ON;
          -- Run no functions that a manipulated file names.
          PRAGMA trusted_schema = OFF;
          """)
    }
    return configuration
  }
}
