internal import Catalog
internal import Logging

/// Detects when the store begins to fail, when the list goes on from memory, and when the store recovers.
struct StoreWatch {
  private var failure: StoreFailure?

  enum Finding: Hashable {
    case begins(StoreFailure)
    case bypassed(StoreFailure)
    /// `lasted`: how long the store failed.
    case recovers(lasted: Duration)
  }

  /// Compares the store's failure now (nil: none) with the previous failure. Returns nil when nothing changed.
  mutating func observe(_ now: StoreFailure?, at time: Timestamp) -> Finding? {
    defer { failure = now }
    switch (failure, now) {
    case (nil, let new?): return new.bypassedSince == nil ? .begins(new) : .bypassed(new)
    case (let old?, let new?) where old.bypassedSince == nil && new.bypassedSince != nil: return .bypassed(new)
    case (let old?, nil): return .recovers(lasted: time - old.since)
    default: return nil
    }
  }
}

extension Logger {
  func log(_ finding: StoreWatch.Finding) {
    switch finding {
    case .begins(let failure):
      error(
        "the store takes no writes: lists are served from memory, and new observations wait",
        metadata: ["reason": "\(failure.reason)"])
    case .bypassed(let failure):
      error(
        "the list goes on from memory in a new epoch: declared writes fail, and watches begin again",
        metadata: ["reason": "\(failure.reason)", "failing_since": "\(failure.since.rfc3339)"])
    case .recovers(let lasted):
      notice("the store takes writes again", metadata: ["failed_for": "\(lasted)"])
    }
  }
}
