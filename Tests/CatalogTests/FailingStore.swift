import Catalog
import Synchronization

/// A store in memory that counts what is asked of it, and refuses to commit when a test asks for it.
final class FailingStore: Store {
  static let refusal = StoreError.unavailable(reason: "the disk is full")

  private struct State {
    var commits: [StoreTransaction] = []
    /// Commits that go through before the next one fails; nil when none does.
    var failsAfter: Int?
  }

  private let inner = MemoryStore(epoch: 1_000)
  private let state = Mutex(State())

  var epoch: Int64 { inner.epoch }
  var revision: Int64 { inner.revision }
  var compacted: Int64 { inner.compacted }
  var commits: [StoreTransaction] { state.withLock { $0.commits } }

  func fail(after commits: Int?) { state.withLock { $0.failsAfter = commits } }

  func range(prefix: [UInt8], at revision: Int64) throws(StoreError) -> [StoreEntry] {
    try inner.range(prefix: prefix, at: revision)
  }

  func fence() -> Int64 { inner.fence() }
  func changes(after revision: Int64) throws(StoreError) -> [StoreChange] { try inner.changes(after: revision) }
  func compact(to revision: Int64) async throws(StoreError) { try await inner.compact(to: revision) }
  func hints() throws(StoreError) -> [StoreHint] { try inner.hints() }

  func keep(_ hints: [StoreHint]) async throws(StoreError) {
    if state.withLock({ $0.failsAfter == 0 }) { throw Self.refusal }
    try await inner.keep(hints)
  }

  func commit(_ transaction: StoreTransaction) async throws(StoreError) -> Int64 {
    // Other tasks get their turn, so that callers that are not serial would show.
    await Task.yield()
    try state.withLock { state throws(StoreError) in
      if let left = state.failsAfter {
        if left == 0 { throw Self.refusal }
        state.failsAfter = left - 1
      }
      state.commits.append(transaction)
    }
    return try await inner.commit(transaction)
  }
}
