/// A failure that prevents all writes.
package struct StoreFailure: Hashable, Sendable {
  /// The reason, for people.
  package var reason: String
  /// When the first write of the failure failed.
  package var since: Timestamp
  /// Since when the list goes on from memory; nil while it stays as it was at the failure.
  package var bypassedSince: Timestamp?

  package init(reason: String, since: Timestamp, bypassedSince: Timestamp? = nil) {
    self.reason = reason
    self.since = since
    self.bypassedSince = bypassedSince
  }
}

/// The figures of all commits since the start.
package struct StoreFigures: Hashable, Sendable {
  /// The number of committed transactions.
  package internal(set) var commits = 0
  /// The number of failed transactions.
  package internal(set) var failedCommits = 0
  /// The number of operations in the committed transactions.
  package internal(set) var operations = 0
  /// The total duration of all commits, in seconds.
  package internal(set) var seconds = 0.0
  /// The number of commits by duration, one count per bound. The last count is for commits that took longer than every
  /// bound.
  package internal(set) var commitCounts = [Int](repeating: 0, count: commitBounds.count + 1)

  /// The upper bounds of a commit's duration, in seconds.
  package static let commitBounds = [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5]

  mutating func took(_ duration: Duration) {
    let seconds = duration / .seconds(1)
    self.seconds += seconds
    commitCounts[Self.commitBounds.firstIndex { seconds <= $0 } ?? Self.commitBounds.count] += 1
  }
}

/// Counts the commits, keeps the present failure, and decides when the catalog goes on without the store.
struct StoreHealth: Sendable {
  enum Mode: Hashable {
    /// The catalog publishes what the store has committed.
    case durable
    /// Nothing could be written for too long, or the store has a transaction that the catalog does not: the writer
    /// must begin an epoch in memory. Until then every call of the store fails at once.
    case overdue
    /// The catalog publishes facts that only memory has.
    case bypassed
  }

  private(set) var mode = Mode.durable
  private(set) var failure: StoreFailure?
  private(set) var figures = StoreFigures()
  /// When `observe` first saw the failure or its call; nil while writes succeed, and until then.
  private var failingSince: ContinuousClock.Instant?
  /// Whether a commit has failed since the last `observe`.
  private var hasFailedCommit = false
  /// When `observe` last saw a commit that had failed; nil since a commit succeeded.
  private var lastFailedCommit: ContinuousClock.Instant?
  private var lastObserved: ContinuousClock.Instant?
  /// How long a failed commit counts for more than hints that are stored: they may fit where it does not. The caller
  /// tries a commit that it needs once a second.
  static let commitPrecedence: Duration = .seconds(3)

  /// How long the store may fail before the catalog goes on without it.
  static let patience: Duration = .seconds(10)

  /// Takes the time. `call` is when the oldest call that is under way was first seen: a call without an answer counts
  /// as a failure from its start. True when the mode becomes `overdue`.
  mutating func observe(now: ContinuousClock.Instant, at wall: Timestamp, call: ContinuousClock.Instant?) -> Bool {
    lastObserved = now
    if hasFailedCommit { (lastFailedCommit, hasFailedCommit) = (now, false) }
    guard mode == .durable else { return false }
    if failure != nil { failingSince = failingSince ?? now }
    guard let since = [failingSince, call].compactMap(\.self).min(), now - since >= Self.patience else { return false }
    mode = .overdue
    failure =
      failure
      ?? StoreFailure(
        reason: "the store has not answered for \(Self.patience.components.seconds) s",
        since: wall + (since - now))
    return true
  }

  mutating func diverged(_ error: StoreError, at time: Timestamp) {
    guard mode == .durable else { return }
    mode = .overdue
    failed(error, at: time)
  }

  mutating func bypass(at time: Timestamp) {
    mode = .bypassed
    let since = failure?.bypassedSince ?? time
    failure?.bypassedSince = since
  }

  /// The store has all facts again.
  mutating func resume() {
    mode = .durable
    recovered()
  }

  mutating func committed(_ operations: Int, took: Duration) {
    (lastFailedCommit, hasFailedCommit) = (nil, false)
    recovered()
    figures.commits += 1
    figures.operations += operations
    figures.took(took)
  }

  mutating func failedCommit(took: Duration) {
    hasFailedCommit = true
    figures.failedCommits += 1
    figures.took(took)
  }

  /// A failed call, which need not be a commit, shows that the store refuses writes. `call` is when `observe` first saw
  /// it; nil: it did not.
  mutating func failed(_ error: StoreError, at time: Timestamp, call: ContinuousClock.Instant? = nil) {
    guard case .unavailable(let reason) = error else { return }
    failingSince = failingSince ?? call
    failure = StoreFailure(
      reason: reason, since: failure?.since ?? time, bypassedSince: failure?.bypassedSince)
  }

  /// Hints were stored, which ends no failure of commits that still fail.
  mutating func kept() {
    if let lastFailedCommit, let lastObserved, lastObserved - lastFailedCommit < Self.commitPrecedence { return }
    recovered()
  }

  /// A write succeeded. While the catalog goes on without the store, that alone ends no failure.
  mutating func recovered() {
    guard mode == .durable else { return }
    failure = nil
    failingSince = nil
  }
}
