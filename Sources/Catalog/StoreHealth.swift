import Synchronization

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

/// What was asked of the store.
package struct StoreFigures: Hashable, Sendable {
  package internal(set) var commits = 0
  package internal(set) var failedCommits = 0
  /// Of the commits that went well.
  package internal(set) var operations = 0
  /// Spent on all commits.
  package internal(set) var seconds = 0.0
}

/// How the store does.
struct StoreHealth: Sendable {
  private(set) var failure: StoreFailure?
  private(set) var figures = StoreFigures()

  mutating func committed(_ operations: Int, took: Duration) {
    failure = nil
    figures.commits += 1
    figures.operations += operations
    figures.seconds += took / .seconds(1)
  }

  mutating func failed(_ error: StoreError, at time: Timestamp, took: Duration) {
    figures.failedCommits += 1
    figures.seconds += took / .seconds(1)
    failed(error, at: time)
  }

  /// What is no commit tells too whether the store can be written.
  mutating func failed(_ error: StoreError, at time: Timestamp) {
    guard case .unavailable(let reason) = error else { return }
    failure = StoreFailure(reason: reason, since: failure?.since ?? time)
  }

  mutating func recovered() {
    failure = nil
  }
}

extension Catalogue {
  /// Set while nothing can be written; reads go on, but what the list knows may be old.
  package var storeFailure: StoreFailure? { health.withLock { $0.failure } }
  package var storeFigures: StoreFigures { health.withLock { $0.figures } }
  /// Callers whose writes are not begun.
  package var waitingWrites: Int { line.waitingCount }
}
