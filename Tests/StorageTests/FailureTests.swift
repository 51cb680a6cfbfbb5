import Catalog
import GRDB
import Testing

@testable import Storage

/// Disks that fail and recover.
@Suite struct FailureTests {
  @Test
  func `a full disk refuses transactions with a reason, keeps the past, and needs no restart when there is space`()
    async throws
  {
    try await withDirectory { directory in
      var store = try open(directory)
      let first = try await store.commit(put("a", "kept"))
      try await store.writer.connection.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA max_page_count = 1")
      }
      for durable in [false, true, false] {
        let reason = await unavailability { try await store.commit(self.large("b", durable)) }
        #expect(reason?.hasPrefix(directory + "/rollcall.db: the disk is full") == true, "\(reason ?? "")")
      }
      let noted = await unavailability {
        try await store.keep([StoreHint(name: bytes("n"), value: [UInt8](repeating: 0, count: 100_000))])
      }
      #expect(noted != nil)
      // What needs no space goes on.
      #expect(store.revision == first)
      #expect(try contents(store) == ["a": "kept"])

      try await store.writer.connection.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA max_page_count = 1000000")
      }
      let second = try await store.commit(large("b", false))
      #expect(second > first)
      try store.close()
      store = try open(directory)
      #expect(try store.range(prefix: []).map(\.modified) == [first, second])
      #expect(try store.changes(after: 0).map(\.revision) == [first, second])
      try store.close()
    }
  }

  @Test
  func `a disk that is read-only for a while refuses transactions and recovers`() async throws {
    try await withDirectory { directory in
      let store = try open(directory)
      let first = try await store.commit(put("a", "kept"))
      try await store.writer.connection.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA query_only = 1") }
      for _ in 0..<3 {
        let reason = await unavailability { try await store.commit(put("a", "lost")) }
        #expect(reason?.contains("read-only") == true, "\(reason ?? "")")
      }
      #expect(await unavailability { try await store.compact(to: first) } != nil)
      #expect(store.compacted == 0 && store.revision == first)
      #expect(try contents(store) == ["a": "kept"])

      try await store.writer.connection.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA query_only = 0") }
      #expect(try await store.commit(put("a", "new")) == first + 1)
      try await store.compact(to: first)
      #expect(store.compacted == first)
      try store.close()
    }
  }

  @Test
  func `the reason of a failure contains no value`() async throws {
    try await withDirectory { directory in
      let store = try open(directory)
      try await store.writer.connection.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA query_only = 1") }
      let reason = await unavailability { try await store.commit(put("secret key", "secret value")) }
      #expect(reason?.contains("secret") == false)
      try store.close()
    }
  }

  @Test
  func `a cancelled task still commits its transaction`() async throws {
    try await withDirectory { directory in
      let store = try open(directory)
      let task = Task {
        while !Task.isCancelled { await Task.yield() }
        return try await store.commit(put("a"))
      }
      task.cancel()
      #expect(try await task.value == store.revision)
      #expect(try contents(store) == ["a": ""])
      try store.close()
    }
  }

  @Test
  func `a durable transaction is flushed at once, and any other is not`() async throws {
    try await withDirectory { directory in
      let store = try open(directory)
      for durable in [true, false, true, true, false] {
        _ = try await store.commit(put("a", durably: durable))
        let level = try await store.writer.connection.writeWithoutTransaction { db in
          try Int.fetchOne(db, sql: "PRAGMA synchronous")
        }
        // 2 is FULL, 1 is NORMAL.
        #expect(level == (durable ? 2 : 1))
      }
      try store.close()
    }
  }

  private func large(_ key: String, _ durable: Bool) -> StoreTransaction {
    put(key, String(repeating: "x", count: 100_000), durably: durable)
  }

  private func unavailability(_ body: () async throws -> some Any) async -> String? {
    do {
      _ = try await body()
      return nil
    } catch StoreError.unavailable(let reason) {
      return reason
    } catch {
      Issue.record("\(error)")
      return nil
    }
  }
}
