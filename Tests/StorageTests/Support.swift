import Catalog
import Foundation
import Logging
import Storage
import Synchronization

/// A directory that lasts as long as a test's body.
func withDirectory<Outcome>(_ body: (String) async throws -> Outcome) async throws -> Outcome {
  let directory = NSTemporaryDirectory() + "rollcall-storage-" + UUID().uuidString
  defer { try? FileManager.default.removeItem(atPath: directory) }
  return try await body(directory)
}

/// A clock that tests set, in microseconds.
final class Present: Sendable {
  private let microseconds: Atomic<Int64>

  init(_ microseconds: Int64) {
    self.microseconds = Atomic(microseconds)
  }

  func advance(by microseconds: Int64) {
    self.microseconds.add(microseconds, ordering: .relaxed)
  }

  var timestamp: Timestamp { Timestamp(microseconds: microseconds.load(ordering: .relaxed)) }
}

func open(_ directory: String, at present: Present = Present(1_000_000)) throws(StorageOpenError) -> SQLiteStore {
  try SQLiteStore.open(
    directory: directory, now: { present.timestamp }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
}

func bytes(_ text: String) -> [UInt8] { [UInt8](text.utf8) }

func put(_ key: String, _ value: String = "", durably isDurable: Bool = false) -> StoreTransaction {
  StoreTransaction(
    operations: [.put(key: bytes(key), value: bytes(value))], time: Timestamp(microseconds: 1), isDurable: isDurable)
}

func contents(_ store: any Store) throws -> [String: String] {
  try Dictionary(
    store.range(prefix: []).map {
      (String(decoding: $0.key, as: UTF8.self), String(decoding: $0.value, as: UTF8.self))
    },
    uniquingKeysWith: { first, _ in first })
}

/// Copies every file of a directory but the lock.
func copyFiles(from source: String, to target: String) throws {
  try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
  for name in try FileManager.default.contentsOfDirectory(atPath: source) where name != "lock" {
    try FileManager.default.copyItem(atPath: source + "/" + name, toPath: target + "/" + name)
  }
}
