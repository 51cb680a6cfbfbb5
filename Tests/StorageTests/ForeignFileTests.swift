import Foundation
import GRDB
import Storage
import Testing

@Suite struct ForeignFileTests {
  @Test(arguments: ["", "x", String(repeating: "text ", count: 9_000)])
  func `a file that is not a database is refused and not touched`(text: String) async throws {
    try await withDirectory { directory in
      let file = directory + "/rollcall.db"
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: URL(filePath: file))
      #expect(throws: StorageOpenError.foreign(file: file)) { try open(directory) }
      #expect(try Data(contentsOf: URL(filePath: file)) == Data(text.utf8))
    }
  }

  @Test
  func `another application's database is refused and not touched`() async throws {
    try await withDirectory { directory in
      let file = directory + "/rollcall.db"
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      let other = try DatabaseQueue(path: file)
      try await other.write { db in try db.execute(sql: "CREATE TABLE entries (key, value)") }
      try other.close()
      let before = try Data(contentsOf: URL(filePath: file))
      #expect(throws: StorageOpenError.foreign(file: file)) { try open(directory) }
      #expect(try Data(contentsOf: URL(filePath: file)) == before)
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory).sorted() == ["lock", "rollcall.db"])
    }
  }

  @Test
  func `a newer version's file is refused and not touched`() async throws {
    try await withDirectory { directory in
      let file = directory + "/rollcall.db"
      try open(directory).close()
      let newer = try DatabaseQueue(path: file)
      try await newer.write { db in try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('v99')") }
      try newer.close()
      let before = try Data(contentsOf: URL(filePath: file))
      #expect(throws: StorageOpenError.newer(file: file)) { try open(directory) }
      #expect(try Data(contentsOf: URL(filePath: file)) == before)
    }
  }

  @Test
  func `every refusal names the file and a way out`() {
    let errors: [StorageOpenError] = [
      .foreign(file: "d/f"), .newer(file: "d/f"), .damaged(file: "d/f", reason: "r"),
    ]
    for text in errors.map(\.description) {
      #expect(text.contains("d/f") && text.contains("nothing was written to it") && text.contains("restore a backup"))
    }
  }
}
