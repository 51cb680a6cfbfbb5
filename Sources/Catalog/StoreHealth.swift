/// A failure that prevents all writes.
package struct StoreFailure: Hashable, Sendable {
  /// The reason, for people.
  package var reason: String
  /// When the first write of the failure failed.
  package var since: Timestamp

  package init(reason: String, since: Timestamp) {
    self.reason = reason
    self.since = since
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

/// Counts the commits and keeps the present failure.
struct StoreHealth: Sendable {
  private(set) var failure: StoreFailure?
  private(set) var figures = StoreFigures()

  mutating func committed(_ operations: Int, took: Duration) {
    failure = nil
    figures.commits += 1
    figures.operations += operations
    figures.took(took)
  }

  mutating func failed(_ error: StoreError, at time: Timestamp, took: Duration) {
    figures.failedCommits += 1
    figures.took(took)
    failed(error, at: time)
  }

  /// A failed call other than a commit also shows that the store refuses writes.
  mutating func failed(_ error: StoreError, at time: Timestamp) {
    guard case .unavailable(let reason) = error else { return }
    failure = StoreFailure(reason: reason, since: failure?.since ?? time)
  }

  mutating func recovered() {
    failure = nil
  }
}
