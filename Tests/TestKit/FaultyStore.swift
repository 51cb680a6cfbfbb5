package import Catalog
import Synchronization

/// A process's store on a disk that fails as a test says.
///
/// It numbers the transactions as a store of a process does: the first transaction of a process leaves a gap after the
/// revisions that an earlier process reserved.
package final class FaultyStore: Store {
  package enum Fault: Hashable, Sendable {
    /// Refuses writes.
    case refuses
    /// Writes, and reports a failure.
    case losesAnswers
    /// Holds each call before the write, until the fault ends.
    case hangs
    /// Writes, and holds each answer until the fault ends.
    case holdsAnswers
    /// Refuses writes, and holds each refusal until the fault ends.
    case holdsRefusals
  }

  package static let refusal = StoreError.unavailable(reason: "the disk is full")
  private struct State {
    var fault: Fault?
    /// The commits that succeed before the fault begins.
    var commitsLeft = 0
    var held: [CheckedContinuation<Void, Never>] = []
    var fences = 0
    var isDead = false
    /// The last revision that the next transaction must follow.
    var floor: Int64 = 0
    /// Whether the process before ended after a fence.
    var mayBeBehind = false
    var isFenced = false
    var reserved: Int64 = 0
    var commits: [StoreTransaction] = []
  }

  private let inner: any Store
  private let reservation: Int64
  private let state = Mutex(State())

  /// `reservation` is the number of revisions that a process reserves; 0 where the store itself reserves them.
  package init(_ inner: any Store = MemoryStore(epoch: 1_000), reservation: Int64 = 1 << 16) {
    self.inner = inner
    self.reservation = reservation
    state.withLock { $0.reserved = reservation }
  }

  package var epoch: Int64 { inner.epoch }
  package var revision: Int64 { inner.revision }
  package var compacted: Int64 { inner.compacted }

  package var mayBeBehind: Bool { state.withLock { $0.mayBeBehind } || inner.mayBeBehind }

  /// The transactions that were written.
  package var commits: [StoreTransaction] { state.withLock { $0.commits } }
  /// The number of calls that are held.
  package var heldCount: Int { state.withLock { $0.held.count } }
  package var fault: Fault? { state.withLock { $0.fault } }

  /// Begins a fault after some more commits, or ends it. Releases the calls that are held, at most some of them.
  package func fail(_ fault: Fault?, after commits: Int = 0, releasing limit: Int = .max) {
    let held = state.withLock { state in
      state.fault = fault
      state.commitsLeft = commits
      let released = Array(state.held.prefix(limit))
      state.held.removeFirst(released.count)
      return released
    }
    for continuation in held { continuation.resume() }
  }

  /// The process ends by a signal: its calls that are under way fail, as all later ones do. Returns the store as the next
  /// process opens it, on a disk that works.
  package func kill() -> FaultyStore {
    let next = FaultyStore(inner, reservation: reservation)
    let (reserved, isFenced) = state.withLock { state in
      state.isDead = true
      return (state.reserved, state.isFenced || state.mayBeBehind)
    }
    next.state.withLock { state in
      state.mayBeBehind = isFenced
      state.floor = reserved
      state.reserved = reserved + reservation
    }
    fail(nil)
    return next
  }

  private func checkLife() throws(StoreError) {
    if state.withLock(\.isDead) { throw .unavailable(reason: "the process was killed") }
  }

  package func fence() -> Int64 {
    state.withLock { state in
      state.fences += 1
      state.isFenced = true
    }
    return max(inner.fence(), state.withLock(\.floor))
  }

  package func range(prefix: [UInt8], at revision: Int64) throws(StoreError) -> [StoreEntry] {
    try inner.range(prefix: prefix, at: revision)
  }

  package func changes(after revision: Int64) throws(StoreError) -> [StoreChange] {
    try inner.changes(after: revision)
  }

  package func hints() throws(StoreError) -> [StoreHint] { try inner.hints() }

  package func keep(_ hints: [StoreHint]) async throws(StoreError) {
    let fault = state.withLock { $0.commitsLeft > 0 ? nil : $0.fault }
    if [.hangs, .holdsAnswers, .holdsRefusals].contains(fault) { await hold() }
    if fault == .refuses || fault == .holdsRefusals { throw Self.refusal }
    try checkLife()
    try await inner.keep(hints)
  }

  package func compact(to revision: Int64) async throws(StoreError) {
    if fault == .refuses { throw Self.refusal }
    try checkLife()
    try await inner.compact(to: revision)
  }

  package func commit(_ transaction: StoreTransaction) async throws(StoreError) -> Int64 {
    // Other tasks get their turn, so that callers that are not serial would show.
    await Task.yield()
    let (fault, fences) = state.withLock { state -> (Fault?, Int) in
      guard state.fault != nil, state.commitsLeft > 0 else { return (state.fault, state.fences) }
      state.commitsLeft -= 1
      return (nil, state.fences)
    }
    if fault == .hangs || fault == .holdsRefusals { await hold() }
    if fault == .refuses || fault == .holdsRefusals { throw Self.refusal }
    var numbered = transaction
    let mayWrite = state.withLock { state in
      numbered.floor = max(numbered.floor, state.floor)
      return state.fences == fences
    }
    try checkLife()
    guard mayWrite else { throw .unavailable(reason: "the caller no longer waits") }
    let revision = try await inner.commit(numbered)
    state.withLock { state in
      if !transaction.operations.isEmpty {
        state.commits.append(transaction)
        state.mayBeBehind = false
        if transaction.floor == 0 { state.isFenced = false }
      }
      state.reserved = max(state.reserved, revision + reservation)
    }
    if fault == .holdsAnswers { await hold() }
    if fault == .losesAnswers { throw Self.refusal }
    try checkLife()
    return revision
  }

  private func hold() async {
    await withCheckedContinuation { continuation in state.withLock { $0.held.append(continuation) } }
  }
}
