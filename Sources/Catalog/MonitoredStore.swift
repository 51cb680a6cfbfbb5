import Dispatch
import Synchronization

/// The store as the catalog writes it. It measures the commits, remembers since when and why writes fail, and ends the
/// wait for a call that the store does not answer.
final class MonitoredStore: Sendable {
  let store: any Store
  let codec: any FactCodec
  private let state = Mutex(State())

  private struct State {
    var health = StoreHealth()
    var calls = PendingCalls()
  }

  init(_ store: any Store, codec: any FactCodec) {
    self.store = store
    self.codec = codec
  }

  /// The failure that prevents writes; nil while writes succeed.
  var failure: StoreFailure? { state.withLock { $0.health.failure } }
  var figures: StoreFigures { state.withLock { $0.health.figures } }
  var mode: StoreHealth.Mode { state.withLock { $0.health.mode } }

  /// The error of a write that needs the store while the catalog goes on without it.
  var refusal: StoreError { .unavailable(reason: failure?.reason ?? "the store takes no writes") }

  /// Takes the time, and ends the wait for calls that take too long. Returns the mode. It never waits for the store.
  func observe(now: ContinuousClock.Instant, at wall: Timestamp) -> StoreHealth.Mode {
    let progress = store.compacted
    let (mode, abandoned) = state.withLock { state in
      let oldest = state.calls.observe(now: now, progress: progress)
      let abandoned =
        state.health.observe(now: now, at: wall, call: oldest)
        ? state.calls.removeAll() : state.calls.removeStalled(for: StoreHealth.patience, now: now)
      return (state.health.mode, abandoned)
    }
    for abandon in abandoned { abandon(refusal) }
    return mode
  }

  /// Goes on without the store. Returns the last revision, the store's own, that any transaction may have.
  func bypass(at time: Timestamp) -> Int64 {
    state.withLock { $0.health.bypass(at: time) }
    return store.fence()
  }

  /// A transaction failed for its caller and reached the store: only a comparison of the whole store makes both the same
  /// again, so the writer must begin an epoch in memory.
  func diverged(_ error: StoreError, at time: Timestamp) {
    state.withLock { $0.health.diverged(error, at: time) }
  }

  /// Ends the bypass: the store has all facts again.
  func resume() {
    state.withLock { $0.health.resume() }
  }

  /// Commits one transaction. Returns the store's own revision, without the epoch. The revision is after `floor`, the
  /// last revision in memory; 0: there is none.
  func commit(
    _ transaction: WritePlan.Transaction, at time: Timestamp, after floor: Int64 = 0
  ) async throws(StoreError) -> Int64 {
    let began = ContinuousClock.now
    var operations = transaction.changes.map { $0.operation(codec) }
    if floor > 0 { operations.append(.put(key: FactKey.leapKey, value: Array(String(floor).utf8))) }
    let stored = StoreTransaction(
      operations: operations, time: time, isDurable: transaction.isDurable, floor: floor)
    do throws(StoreError) {
      let modified = try await call(at: time) { [store] () async throws(StoreError) in try await store.commit(stored) }
      state.withLock { $0.health.committed(stored.operations.count, took: ContinuousClock.now - began) }
      return modified
    } catch {
      state.withLock { $0.health.failedCommit(took: ContinuousClock.now - began) }
      throw error
    }
  }

  /// Stores hints beside the facts. Success shows that the store accepts writes.
  func keep(_ hints: [StoreHint], at now: Timestamp) async throws(StoreError) {
    try await call(at: now) { [store] () async throws(StoreError) -> Void in try await store.keep(hints) }
    state.withLock { $0.health.kept() }
  }

  /// Tries a write while the catalog goes on without the store; true when it succeeds. It waits as long as the store
  /// takes.
  func acceptsWrites(at now: Timestamp) async -> Bool {
    do throws(StoreError) {
      try await store.keep([StoreHint.tried(at: now)])
      return true
    } catch {
      state.withLock { $0.health.failed(error, at: now) }
      return false
    }
  }

  /// All entries of the store. It blocks a thread of its own while the store reads.
  func contents(at now: Timestamp) async throws(StoreError) -> [StoreEntry] {
    try await call(at: now) { [store] () async throws(StoreError) -> [StoreEntry] in
      let result = await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
          continuation.resume(returning: Result { () throws(StoreError) in try store.range(prefix: []) })
        }
      }
      return try result.get()
    }
  }

  /// Drops from the store the revisions that the history has dropped: everything up to `floor`.
  func compact(to floor: RevisionMark, at now: Timestamp) async {
    let revision = floor.revision - store.epoch
    guard revision > store.compacted else { return }
    let hint = FloorHint(revision: revision, time: floor.time).hint
    // An uncompacted past does no harm; the next write tries again.
    try? await call(at: now) { [store] () async throws(StoreError) -> Void in
      try await store.keep([hint])
      try await store.compact(to: revision)
    }
  }

  /// Calls the store in a task of its own, and waits until it answers or `observe` finds that it takes too long. A
  /// failure is remembered.
  private func call<Outcome: Sendable>(
    at time: Timestamp, _ body: @escaping @Sendable () async throws(StoreError) -> Outcome
  ) async throws(StoreError) -> Outcome {
    let result: Result<Outcome, StoreError> = await withCheckedContinuation { continuation in
      let wait = StoreWait(continuation)
      let id = state.withLock { state -> Int? in
        guard state.health.mode != .overdue else { return nil }
        return state.calls.add { wait.end(with: .failure($0)) }
      }
      guard let id else {
        wait.end(with: .failure(refusal))
        return
      }
      Task {
        // A call that was abandoned before it began must not reach the store.
        guard state.withLock({ $0.calls.contains(id) }) else { return }
        let result: Result<Outcome, StoreError>
        do throws(StoreError) {
          result = .success(try await body())
          _ = state.withLock { $0.calls.remove(id, succeeded: true) }
        } catch {
          result = .failure(error)
          state.withLock { state in
            // The failure of a call that was abandoned says nothing about the store of now.
            guard let call = state.calls.remove(id, succeeded: false) else { return }
            state.health.failed(error, at: time, call: call.since)
          }
        }
        wait.end(with: result)
      }
    }
    return try result.get()
  }
}
