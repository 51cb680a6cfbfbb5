/// Since when and why nothing can be written.
package struct StoreFailure: Hashable, Sendable {
  /// For people.
  package var reason: String
  package var since: Timestamp

  package init(reason: String, since: Timestamp) {
    self.reason = reason
    self.since = since
  }
}

/// The commits since the start.
package struct StoreFigures: Hashable, Sendable {
  package internal(set) var commits = 0
  package internal(set) var failedCommits = 0
  /// Of the commits that went well.
  package internal(set) var operations = 0
  /// Spent on all commits.
  package internal(set) var seconds = 0.0
  /// All commits by how long they took; the last is for what took longer than every bound.
  package internal(set) var commitCounts = [Int](repeating: 0, count: commitBounds.count + 1)

  /// Seconds.
  package static let commitBounds = [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5]

  mutating func took(_ duration: Duration) {
    let seconds = duration / .seconds(1)
    self.seconds += seconds
    commitCounts[Self.commitBounds.firstIndex { seconds <= $0 } ?? Self.commitBounds.count] += 1
  }
}

/// Counts the commits, and holds the present failure.
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

  /// Other calls than commits show, too, whether the store can be written.
  mutating func failed(_ error: StoreError, at time: Timestamp) {
    guard case .unavailable(let reason) = error else { return }
    failure = StoreFailure(reason: reason, since: failure?.since ?? time)
  }

  mutating func recovered() {
    failure = nil
  }
}
