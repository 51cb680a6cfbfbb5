import Synchronization

/// Lets the catalog go on without a store that takes no writes for long, and takes it back to the store when that
/// recovers.
final class StoreSupervisor: Sendable {
  private let store: MonitoredStore
  private let writer: CatalogWriter
  private let state = Mutex(State())

  private struct State {
    /// Whether the work of an earlier call is under way.
    var isWorking = false
    /// When the last attempt to write began; nil: none yet.
    var lastAttempt: ContinuousClock.Instant?
    /// Comparisons in a row that did not end the bypass.
    var failures = 0

    /// The least time between two attempts to write: a second, and more while the store accepts a trial and then fails
    /// the comparison again and again, which keeps other writes waiting.
    var pause: Duration { .seconds(1 << max(0, min(failures, 6) - 2)) }
  }

  init(store: MonitoredStore, writer: CatalogWriter) {
    self.store = store
    self.writer = writer
  }

  /// Takes the time. It never waits for the store: the returned task does the work that follows; nil: there is none.
  @discardableResult
  func supervise(now: ContinuousClock.Instant, at wall: Timestamp) -> Task<Void, Never>? {
    switch store.observe(now: now, at: wall) {
    case .durable:
      return nil
    case .overdue:
      return begin { [writer] in await writer.bypassStore(at: wall) }
    case .bypassed:
      let isDue = state.withLock { state in
        guard !state.isWorking, state.lastAttempt.map({ now - $0 >= state.pause }) ?? true else { return false }
        state.lastAttempt = now
        return true
      }
      guard isDue else { return nil }
      return begin { [self] in
        guard await store.acceptsWrites(at: wall) else { return }
        await writer.reconcile(at: wall)
        let isOver = store.mode == .durable
        state.withLock { $0.failures = isOver ? 0 : $0.failures + 1 }
      }
    }
  }

  /// Starts work, unless earlier work is under way.
  private func begin(_ work: @escaping @Sendable () async -> Void) -> Task<Void, Never>? {
    let isFree = state.withLock { state in
      defer { state.isWorking = true }
      return !state.isWorking
    }
    guard isFree else { return nil }
    return Task {
      await work()
      state.withLock { $0.isWorking = false }
    }
  }
}
