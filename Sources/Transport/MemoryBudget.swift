import Synchronization

/// The memory that requests and answers of all connections hold, in bytes: unsent answers that nothing shares, unfinished
/// requests, and output that the kernel does not take.
final class MemoryBudget: Sendable {
  private let limit: Int
  private let used = Atomic<Int>(0)

  init(limit: Int) {
    self.limit = limit
  }

  var isSpent: Bool { used.load(ordering: .relaxed) >= limit }

  /// Whether a quarter more than the limit is in use.
  var isFarOver: Bool { used.load(ordering: .relaxed) >= limit + limit / 4 }

  /// The bytes in use.
  var total: Int { used.load(ordering: .relaxed) }

  /// Changes the share of one connection from `old` to `new` bytes.
  func change(from old: Int, to new: Int) {
    if new != old { used.add(new - old, ordering: .relaxed) }
  }
}
