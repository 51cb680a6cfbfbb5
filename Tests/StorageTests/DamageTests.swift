import Catalog
import Foundation
import GRDB
import TestKit
import Testing

@testable import Storage

/// Damage of many kinds, at many places: never a crash, never a write to what cannot be read.
@Suite struct DamageTests {
  /// A closed store with some hundred pages, and a past.
  private func sample(_ directory: String) async throws -> Data {
    let store = try open(directory)
    for round in 0..<40 {
      let operations = (0..<100).map { index -> StoreOperation in
        let key = bytes("models/default/\(index % 7)/\((index * 31 + round * 17) % 1_000)")
        return index % 9 == 8 ? .delete(key: key) : .put(key: key, value: bytes("value \(round) \(index)"))
      }
      _ = try await store.commit(StoreTransaction(operations: operations, time: Timestamp(microseconds: 1)))
    }
    try store.close()
    return try Data(contentsOf: URL(filePath: directory + "/rollcall.db"))
  }

  /// Opens and reads everything. Returns whether something was found wrong; if so when opening, no byte was written.
  private func isRefused(_ directory: String, _ damaged: Data) async throws -> Bool {
    let file = directory + "/rollcall.db"
    for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + suffix) }
    try damaged.write(to: URL(filePath: file))
    let store: SQLiteStore
    do {
      store = try open(directory)
    } catch {
      #expect(error.description.contains(file))
      #expect(try Data(contentsOf: URL(filePath: file)) == damaged, "\(error)")
      return true
    }
    defer { try? store.close() }
    do {
      _ = try store.range(prefix: [])
      _ = try store.range(prefix: bytes("models/"), at: store.compacted)
      _ = try store.changes(after: store.compacted)
      _ = try store.hints()
      _ = try await store.commit(put("models/default/1/1"))
      try await store.compact(to: store.revision)
      return false
    } catch {
      guard case .unavailable(let reason) = error else {
        Issue.record("\(error)")
        return true
      }
      #expect(reason.contains(file))
      return true
    }
  }

  @Test
  func `a file that is cut off anywhere is refused`() async throws {
    try await withDirectory { directory in
      let whole = try await sample(directory)
      for count in [1, 16, 50, 99, 100, 101, 512, 4_095] + Array(stride(from: 4_096, to: whole.count, by: 12_289)) {
        #expect(try await isRefused(directory, whole.prefix(count)), "cut at \(count)")
      }
      #expect(try await !isRefused(directory, whole))
    }
  }

  @Test
  func `pages that were lost, exchanged or overwritten are detected`() async throws {
    try await withDirectory { directory in
      let whole = try await sample(directory)
      let pages = whole.count / 4_096
      try #require(pages > 50)
      for page in stride(from: 1, to: pages, by: 3) {
        var damaged = whole
        let range = page * 4_096..<(page + 1) * 4_096
        guard isUsed(page, whole) else { continue }
        damaged.replaceSubrange(range, with: Data(count: 4_096))
        #expect(try await isRefused(directory, damaged), "page \(page) of zeros")
        damaged.replaceSubrange(range, with: Data(repeating: 0xff, count: 4_096))
        #expect(try await isRefused(directory, damaged), "page \(page) of ones")
      }
    }
  }

  @Test(arguments: 0..<6)
  func `a file with flipped bytes crashes nothing`(seed: Int) async throws {
    var random = SeededGenerator(seed: UInt64(seed))
    try await withDirectory { directory in
      let whole = try await sample(directory)
      var refused = 0
      for round in 0..<40 {
        var damaged = whole
        for _ in 0..<(1 << (round % 6)) {
          // Half of them where pages begin, where most of the structure is.
          var position = Int.random(in: 0..<whole.count, using: &random)
          if Bool.random(using: &random) {
            position = position / 4_096 * 4_096 + Int.random(in: 0..<100, using: &random)
          }
          damaged[position] = UInt8.random(in: 0...255, using: &random)
        }
        if try await isRefused(directory, damaged) { refused += 1 }
      }
      #expect(refused > 10)
    }
  }

  @Test
  func `a damaged journal loses its own transactions, and nothing else`() async throws {
    var random = SeededGenerator(seed: 1)
    try await withDirectory { directory in
      let store = try open(directory + "/data")
      for index in 0..<30 { _ = try await store.commit(put("k\(index)")) }
      try copyFiles(from: directory + "/data", to: directory + "/killed")
      try store.close()
      let journal = try Data(contentsOf: URL(filePath: directory + "/killed/rollcall.db-wal"))
      for round in 0..<40 {
        let place = directory + "/\(round)"
        try copyFiles(from: directory + "/killed", to: place)
        try FileManager.default.removeItem(atPath: place + "/rollcall.db-shm")
        var damaged = journal
        if round % 2 == 0 {
          damaged = journal.prefix(Int.random(in: 0..<journal.count, using: &random))
        } else {
          damaged[Int.random(in: 0..<journal.count, using: &random)] ^= 0x10
        }
        try damaged.write(to: URL(filePath: place + "/rollcall.db-wal"))
        let reopened = try open(place)
        // A prefix of what was committed.
        #expect(Set(try contents(reopened).keys) == Set((0..<Int(reopened.revision)).map { "k\($0)" }))
        #expect(
          try reopened.changes(after: 0).map(\.revision) == Array(1...30).prefix(Int(reopened.revision)).map { $0 })
        try reopened.close()
      }
    }
  }

  @Test(arguments: [
    "epoch = 0", "revision = 9223372036854775807",
    "compacted = 99", "compacted = -1",
  ])
  func `numbers that no store writes are refused`(assignment: String) async throws {
    try await withDirectory { directory in
      let store = try open(directory)
      _ = try await store.commit(put("a"))
      try await store.writer.connection.write { db in try db.execute(sql: "UPDATE meta SET \(assignment)") }
      try store.close()
      let error = #expect(throws: StorageOpenError.self) { try open(directory) }
      #expect(error == .damaged(file: directory + "/rollcall.db", reason: "its numbers are nonsense"))
    }
  }

  /// Whether the page holds something: what is on the list of free ones may be lost.
  private func isUsed(_ page: Int, _ whole: Data) -> Bool {
    // The list's first page is named at byte 32 of the header, by the format of the file.
    func number(_ position: Int) -> Int { whole[position..<position + 4].reduce(0) { $0 << 8 | Int($1) } }
    var trunk = number(32)
    var free: Set<Int> = []
    while trunk != 0, free.insert(trunk).inserted {
      let start = (trunk - 1) * 4_096
      for index in 0..<number(start + 4) { free.insert(number(start + 8 + 4 * index)) }
      trunk = number(start)
    }
    return !free.contains(page + 1)
  }
}
