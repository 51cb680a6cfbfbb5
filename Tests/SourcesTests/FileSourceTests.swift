import Foundation
import Synchronization
import Testing

@testable import Fleet
@testable import Sources

@Suite("A file of engines")
struct FileSourceTests {
  @Test func `a file of engines is read when it changes and only then`() async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "rollcall-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let file = directory.appending(path: "engines").path(percentEncoded: false)
    /// Long ago, so that one look is enough.
    @Sendable func write(_ text: String, age: Double) throws {
      try Data(text.utf8).write(to: URL(filePath: file))
      try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -age)], ofItemAtPath: file)
    }
    let steps: [@Sendable () throws -> Void] = [
      { try write("http://a:1", age: 100) }, {}, { try write("http://b:1", age: 50) },
      { try write("nonsense", age: 40) },
      {}, { try FileManager.default.removeItem(atPath: file) }, { try write("", age: 30) },
      { try write("http://c:1", age: 0) }, {}, {},
    ]
    let ear = NotedEar()
    let step = Mutex(0)
    let source = FileSource(path: file) {
      let next = step.withLock { step in
        defer { step += 1 }
        return step
      }
      guard next < steps.count else { throw CancellationError() }
      try steps[next]()
    } read: { path in
      let text = try String(contentsOfFile: path, encoding: .utf8)
      return FileContent(engines: try text.split(separator: " ").map { try EngineSpec(url: String($0)) })
    }
    await source.run(ear)
    let name = "file/\(file)"
    let said = ear.lines.map { $0.contains("silent") ? "silent" : $0.replacing(name, with: "f") }
    #expect(
      said == [
        "silent", "f: a:1=http://a:1", "f: b:1=http://b:1", "silent", "silent", "silent", "f: ", "f: c:1=http://c:1",
        "f: c:1=http://c:1",
      ], "what was written just now is read when it stays the same, and again")
  }
}
