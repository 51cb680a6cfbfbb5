import Synchronization

/// The calls of the store that are under way. It is a value: its owner locks it.
struct PendingCalls: Sendable {
  private struct Entry {
    let abandon: Abandon
    /// When `observe` first saw the call, or the last progress; nil: not yet.
    var since: ContinuousClock.Instant?
  }

  /// Ends a caller's wait with an error.
  typealias Abandon = @Sendable (StoreError) -> Void

  private var entries: [Int: Entry] = [:]
  private var nextID = 0
  /// The newest call that succeeded.
  private var lastSuccess = 0
  private var lastProgress: Int64 = 0

  /// Adds a call, and returns its number.
  mutating func add(_ abandon: @escaping Abandon) -> Int {
    nextID += 1
    entries[nextID] = Entry(abandon: abandon)
    return nextID
  }

  /// A call that has ended.
  struct Ended {
    /// When `observe` first saw the call, or the last progress; nil: it did not.
    var since: ContinuousClock.Instant?
  }

  /// Removes a call that has ended; nil when its caller no longer waits, or when it failed and a newer call succeeded:
  /// the news of two calls need not come in their order.
  mutating func remove(_ id: Int, succeeded: Bool) -> Ended? {
    let entry = entries.removeValue(forKey: id)
    if succeeded { lastSuccess = max(lastSuccess, id) }
    return succeeded || id > lastSuccess ? entry.map { Ended(since: $0.since) } : nil
  }

  /// Whether a call's caller still waits.
  func contains(_ id: Int) -> Bool { entries[id] != nil }

  /// Takes the time. Returns when the oldest call was first seen; nil when there is none. `progress` is another number
  /// than before while the store works on a long call.
  mutating func observe(now: ContinuousClock.Instant, progress: Int64) -> ContinuousClock.Instant? {
    for (id, entry) in entries where entry.since == nil || progress != lastProgress { entries[id]?.since = now }
    lastProgress = progress
    return entries.values.compactMap(\.since).min()
  }

  /// Removes the calls that are under way for at least a duration, and returns what ends their callers' wait.
  mutating func removeStalled(for duration: Duration, now: ContinuousClock.Instant) -> [Abandon] {
    let stalled = entries.filter { entry in entry.value.since.map { now - $0 >= duration } ?? false }
    for id in stalled.keys { entries[id] = nil }
    return stalled.values.map(\.abandon)
  }

  /// Removes all calls, and returns what ends their callers' wait.
  mutating func removeAll() -> [Abandon] {
    defer { entries = [:] }
    return entries.values.map(\.abandon)
  }
}

/// The wait of one caller for a call of the store, which ends once: with the result, or because the call takes too long.
final class StoreWait<Outcome: Sendable>: Sendable {
  private let continuation: Mutex<CheckedContinuation<Result<Outcome, StoreError>, Never>?>

  init(_ continuation: CheckedContinuation<Result<Outcome, StoreError>, Never>) {
    self.continuation = Mutex(continuation)
  }

  /// Ends the wait; does nothing when it has ended.
  func end(with result: Result<Outcome, StoreError>) {
    continuation.withLock { $0.take() }?.resume(returning: result)
  }
}
