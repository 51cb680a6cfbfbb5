import GRDB

/// The tables of the file, by version.
enum StoreSchema {
  /// "Roll", which distinguishes a store from other applications' databases.
  static let applicationID: Int32 = 0x526f_6c6c

  /// A released version never changes; a change of the schema adds a new version after it.
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator().disablingDeferredForeignKeyChecks()
    migrator.registerMigration("v1") { db in
      // STRICT lets the integrity check find values of a wrong type. WITHOUT ROWID keeps each table as one tree in the
      // key's order.
      try db.execute(
        sql: """
          CREATE TABLE meta (
            id INTEGER PRIMARY KEY CHECK (id = 0),
            epoch INTEGER NOT NULL,
            revision INTEGER NOT NULL,
            compacted INTEGER NOT NULL,
            -- No revision above it was ever given out, not even one that was lost with the machine's power.
            reserved INTEGER NOT NULL
          ) STRICT;

          CREATE TABLE entries (
            key BLOB PRIMARY KEY NOT NULL,
            value BLOB NOT NULL,
            modified INTEGER NOT NULL
          ) STRICT, WITHOUT ROWID;

          CREATE TABLE revisions (
            revision INTEGER PRIMARY KEY,
            time INTEGER NOT NULL
          ) STRICT;

          -- What each operation wrote and what it replaced: the past is the present, undone backwards. No value is a
          -- deletion, no old value an absent key.
          CREATE TABLE changes (
            revision INTEGER NOT NULL,
            ordinal INTEGER NOT NULL,
            key BLOB NOT NULL,
            value BLOB,
            old_value BLOB,
            old_modified INTEGER,
            PRIMARY KEY (revision, ordinal)
          ) STRICT, WITHOUT ROWID;

          CREATE TABLE notes (
            name BLOB PRIMARY KEY NOT NULL,
            value BLOB NOT NULL
          ) STRICT, WITHOUT ROWID;
          """)
    }
    return migrator
  }
}
