import Catalog
import Foundation
import Storage
import Testing

@Suite struct RevisionTests {
  @Test
  func `the epoch is the time when the store was created, and stays`() async throws {
    try await withDirectory { directory in
      let present = Present(5_000_000)
      var store = try open(directory, at: present)
      #expect(store.epoch == 5_000_000)
      try store.close()
      present.advance(by: 1_000)
      store = try open(directory, at: present)
      #expect(store.epoch == 5_000_000)
      try store.close()
    }
  }

  @Test
  func `the first transaction of a process leaves a gap as long as the time since the epoch, and only that one`()
    async throws
  {
    try await withDirectory { directory in
      let present = Present(5_000_000)
      var store = try open(directory, at: present)
      present.advance(by: 100)
      #expect(try await store.commit(put("a")) == 100)
      present.advance(by: 100)
      #expect(try await store.commit(put("a")) == 101)
      try store.close()
      store = try open(directory, at: present)
      // To open is not to write.
      #expect(store.revision == 101)
      #expect(try await store.commit(StoreTransaction(operations: [], time: present.timestamp)) == 101)
      present.advance(by: 300)
      #expect(try await store.commit(put("b")) == 500)
      #expect(try await store.commit(put("b")) == 501)
      #expect(try store.changes(after: 0).map(\.revision) == [100, 101, 500, 501])
      // A revision of the gap is the one before it.
      #expect(try store.range(prefix: [], at: 300).map(\.modified) == [101])
      try store.close()
    }
  }

  @Test
  func `a refused first transaction leaves the gap to the next`() async throws {
    try await withDirectory { directory in
      let present = Present(5_000_000)
      let store = try open(directory, at: present)
      present.advance(by: 100)
      var refused = put("a")
      refused.conditions = [(bytes("a"), 7)]
      await #expect(throws: StoreError.conflict) { try await store.commit(refused) }
      #expect(store.revision == 0)
      present.advance(by: 100)
      #expect(try await store.commit(put("a")) == 200)
      try store.close()
    }
  }

  @Test
  func `revisions grow when the clock goes back`() async throws {
    try await withDirectory { directory in
      let present = Present(5_000_000)
      var store = try open(directory, at: present)
      present.advance(by: 1_000)
      #expect(try await store.commit(put("a")) == 1_000)
      try store.close()
      present.advance(by: -4_000_000)
      store = try open(directory, at: present)
      #expect(try await store.commit(put("a")) == 1_001)
      try store.close()
    }
  }

  @Test
  func `no revision is used twice after a backup is restored`() async throws {
    try await withDirectory { directory in
      let present = Present(5_000_000)
      let data = directory + "/data"
      var used: [Int64] = []
      var store = try open(data, at: present)
      for _ in 0..<3 { used.append(try await store.commit(put("a", "old"))) }
      // While it is open: the journal is a part of the copy.
      try copyFiles(from: data, to: directory + "/backup")
      let saved = used
      for _ in 0..<50 {
        present.advance(by: 10)
        used.append(try await store.commit(put("a", "lost")))
      }
      try store.close()
      try FileManager.default.removeItem(atPath: data)
      try copyFiles(from: directory + "/backup", to: data)

      present.advance(by: 10)
      store = try open(data, at: present)
      #expect(store.revision == saved.last)
      #expect(try contents(store) == ["a": "old"])
      let later = [try await store.commit(put("a", "new")), try await store.commit(put("a", "new"))]
      #expect(Set(used).isDisjoint(with: later))
      #expect(later[0] > used.max() ?? 0)
      #expect(try store.changes(after: 0).map(\.revision) == saved + later)
      try store.close()
    }
  }

  @Test
  func `a revision that was lost with the power is not used again, even when the clock was set back`() async throws {
    try await withDirectory { directory in
      let present = Present(5_000_000)
      let data = directory + "/data"
      var store = try open(data, at: present)
      present.advance(by: 1_000)
      let kept = try await store.commit(put("a", "kept"))
      // What the disk has if the power goes now; what follows is lost.
      try copyFiles(from: data, to: directory + "/disk")
      var lost: [Int64] = []
      for _ in 0..<200 { lost.append(try await store.commit(put("a", "lost"))) }
      try store.close()
      try FileManager.default.removeItem(atPath: data)
      try copyFiles(from: directory + "/disk", to: data)

      present.advance(by: -500)
      store = try open(data, at: present)
      #expect(store.revision == kept)
      let next = try await store.commit(put("a", "new"))
      #expect(next > lost.max() ?? 0)
      try store.close()
    }
  }

  @Test
  func `the store reserves more revisions when the reserved ones are used up`() async throws {
    try await withDirectory { directory in
      let present = Present(5_000_000)
      let data = directory + "/data"
      var store = try open(data, at: present)
      present.advance(by: 1_000)
      for _ in 0..<10_050 { _ = try await store.commit(put("a")) }
      let last = store.revision
      try copyFiles(from: data, to: directory + "/disk")
      try store.close()
      present.advance(by: -500)
      store = try open(directory + "/disk", at: present)
      #expect(try await store.commit(put("a")) > last + 1_000)
      try store.close()
    }
  }
}
