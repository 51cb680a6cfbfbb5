/// Judges whether a transfer keeps a least rate. A byte now and then does not help it, and a pause does no harm as long
/// as each window has its bytes.
package struct RateWindow: Hashable, Sendable {
  /// The least rate over a window.
  package struct Least: Hashable, Sendable {
    /// In milliseconds.
    package var window: Int
    package var bytesPerSecond: Int

    package init(window: Int, bytesPerSecond: Int) {
      (self.window, self.bytesPerSecond) = (window, bytesPerSecond)
    }

    /// The bytes that each window needs, at least one.
    var bytes: Int { max(window * bytesPerSecond / 1_000, 1) }
  }

  // Whole numbers: each stream has two of these, and the size of an `Instant` is known at run time alone.
  private var isOpen = false
  private var start = 0
  private var countAtStart = 0

  package init() {}

  /// Whether the transfer was too slow for a whole window.
  ///
  /// - Parameters:
  ///   - count: the bytes transferred so far.
  ///   - isWaiting: whether more bytes wait for the peer.
  ///   - now: a monotonic time in milliseconds.
  package mutating func isTooSlow(_ least: Least, count: Int, isWaiting: Bool, now: Int) -> Bool {
    guard isWaiting else {
      isOpen = false
      return false
    }
    guard isOpen, count - countAtStart < least.bytes else {
      (isOpen, start, countAtStart) = (true, now, count)
      return false
    }
    return now - start >= least.window
  }
}
