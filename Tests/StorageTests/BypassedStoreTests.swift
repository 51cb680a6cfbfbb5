import Catalog
import Foundation
import GRDB
import TestKit
import Testing

@testable import Storage

/// A catalog over SQLite that goes on from memory, and what another process finds afterwards.
@Suite struct BypassedStoreTests {
  /// A process over the store of a directory, with a disk that a test lets fail.
  private struct Process {
    let store: SQLiteStore
    let disk: FaultyStore
    let catalog: ModelCatalog
    private let clock = HandClock()
    private let present: Present

    init(_ directory: String, at present: Present) throws {
      self.present = present
      store = try open(directory, at: present)
      disk = FaultyStore(store, reservation: 0)
      catalog = try ModelCatalog(store: disk, codec: PlainFactCodec(), encoder: PlainModelEncoder())
      catalog.markReady()
    }

    /// Records that an engine serves one model. Returns the public revision.
    func record(_ model: String) async throws -> Int64 {
      let condition = Condition(state: .ready, changedAt: present.timestamp)
      let engine = EngineFacts(id: "e", endpoint: "http://e", condition: condition)
      try await catalog.record([.engine(engine, models: [ReplicaFacts(modelID: model)])], at: present.timestamp)
      return catalog.view.head
    }

    /// Lets the disk fail for so long that the catalog goes on without it.
    func bypass() async {
      disk.fail(.refuses)
      _ = try? await record("lost")
      for seconds in [0, 10] { await pass(seconds) }
    }

    func recover() async {
      disk.fail(nil)
      await pass(1)
    }

    private func pass(_ seconds: Int) async {
      clock.advance(by: .seconds(seconds))
      await catalog.superviseStore(now: clock.now, at: present.timestamp)?.value
    }
  }

  @Test(arguments: [-3_600_000_000, -5, 0, 5, 3_600_000_000] as [Int64], [false, true])
  func `no revision counts twice when a process is killed in memory and the clock jumps`(
    jump: Int64, isUnwritten: Bool
  ) async throws {
    try await withDirectory { directory in
      let present = Present(5_000_000_000)
      var used: [Int64] = []
      for round in 0..<4 {
        let own = "\(directory)/\(round)"
        let process = try Process(own, at: present)
        present.advance(by: 1_000)
        if !isUnwritten { used.append(try await process.record("before \(round)")) }
        await process.bypass()
        used.append(process.catalog.view.head)
        for index in 0..<20 { used.append(try await process.record("memory \(round) \(index)")) }
        // What the disk has when the process is killed.
        try copyFiles(from: own, to: "\(directory)/\(round + 1)")
        try process.store.close()
        present.advance(by: jump)
      }
      #expect(used == used.sorted() && Set(used).count == used.count)
      // A store that is closed in an orderly way remembers them too.
      let last = try Process("\(directory)/3", at: present)
      #expect(try await last.record("after") > used.max() ?? 0)
      try last.store.close()
    }
  }

  @Test func `a recovery takes the file past the revisions in memory, and a restart shows the same`() async throws {
    try await withDirectory { directory in
      let present = Present(5_000_000)
      var process = try Process(directory, at: present)
      let before = try await process.record("before")
      await process.bypass()
      let inMemory = try await process.record("memory")
      #expect(inMemory > before)
      await process.recover()
      #expect(process.catalog.storeFailure == nil)
      let stored = process.catalog.view.head
      #expect(stored > inMemory)
      let models = process.catalog.view.snapshot.refs(namespace: nil, sight: .all).map(\.model)
      try process.store.close()
      process = try Process(directory, at: present)
      #expect(process.catalog.view.head == stored)
      #expect(process.catalog.view.snapshot.refs(namespace: nil, sight: .all).map(\.model) == models)
      #expect(process.catalog.view.history.position(after: before) != nil)
      #expect(process.catalog.view.history.position(after: inMemory) == nil)
      #expect(try await process.record("after") > stored)
      try process.store.close()
    }
  }

  @Test func `a transaction that waits for the writer gets no revision after a fence`() async throws {
    try await withDirectory { directory in
      let store = try open(directory)
      let first = try await store.commit(put("a", "1"))
      let (holding, release) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
      store.writer.connection.asyncWriteWithoutTransaction { _ in
        holding.signal()
        release.wait()
      }
      await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
          holding.wait()
          continuation.resume()
        }
      }
      let waiting = Task { try await store.commit(put("a", "2")) }
      // The task hands its transaction in before it waits.
      try await Task.sleep(for: .milliseconds(200))
      #expect(store.fence() == first)
      release.signal()
      await #expect(throws: StoreError.self) { try await waiting.value }
      #expect(try contents(store) == ["a": "1"])
      #expect(try await store.commit(put("a", "3")) == first + 1)
      try store.close()
    }
  }

  @Test(arguments: ["deleted", "replaced", "moved with its directory"])
  func `a file that is gone fails every transaction, and works again when it is put back`(how: String) async throws {
    try await withDirectory { directory in
      let (data, file) = (directory + "/data", directory + "/data/rollcall.db")
      let files = FileManager.default
      let store = try open(data)
      _ = try await store.commit(put("a", "1", durably: true))
      switch how {
      case "deleted": try files.moveItem(atPath: file, toPath: directory + "/aside")
      case "replaced":
        try files.moveItem(atPath: file, toPath: directory + "/aside")
        try files.copyItem(atPath: directory + "/aside", toPath: file)
      default: try files.moveItem(atPath: data, toPath: directory + "/aside")
      }
      let gone = StoreError.unavailable(
        reason: "\(file): the file was deleted or replaced while the server used it: put it back, or restart the server"
      )
      for durably in [true, false] {
        await #expect(throws: gone) { try await store.commit(put("a", "2", durably: durably)) }
      }
      await #expect(throws: gone) { try await store.keep([StoreHint(name: bytes("n"), value: bytes("v"))]) }
      if how == "replaced" { try files.removeItem(atPath: file) }
      try files.moveItem(atPath: directory + "/aside", toPath: how.hasPrefix("moved") ? data : file)
      _ = try await store.commit(put("a", "3", durably: true))
      #expect(try contents(store) == ["a": "3"])
      try store.close()
    }
  }
}
