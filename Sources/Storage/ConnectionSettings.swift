import GRDB

/// The settings of the two connections, with their reasons.
enum ConnectionSettings {
  /// The settings of the connection that writes. `journal_mode` is WAL, which the file keeps: a commit is one append,
  /// and readers go on beside it. So does a backup by `sqlite3 FILE ".backup COPY"`.
  static var writer: Configuration {
    var configuration = common
    // The writer's queue waits up to 5 s for another program that writes, such as an operator's `sqlite3`.
    configuration.busyMode = .timeout(5)
    // After a failed rollback the next transaction tries the rollback again. Without this setting GRDB would end the
    // process, both then and when a transaction came after the store is closed.
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

  /// The settings of the connection that reads. It cannot change the file, so it may also open a file that is perhaps
  /// no store.
  static var reader: Configuration {
    var configuration = common
    configuration.readonly = true
    configuration.busyMode = .timeout(5)
    return configuration
  }

  private static var common: Configuration {
    var configuration = Configuration()
    // The tables have no foreign keys.
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
