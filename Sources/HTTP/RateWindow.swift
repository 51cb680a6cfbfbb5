/// Judges whether a transfer keeps a least rate. A byte now and then does not help it, and a pause does no harm as long
/// as each window has its bytes.
package struct RateWindow: Hashable, Sendable {
  package typealias Instant = ContinuousClock.Instant

  /// The least rate over a window.
  package struct Least: Hashable, Sendable {
    package var window: Duration
    package var bytesPerSecond: Int

    package init(window: Duration, bytesPerSecond: Int) {
      (self.window, self.bytesPerSecond) = (window, bytesPerSecond)
    }

    /// The bytes that each window needs, at least one.
    var bytes: Int { max(Int(window / .seconds(1) * Double(bytesPerSecond)), 1) }
  }

  /// The start of the window; nil while nothing waits.
  private var start: Instant?
  private var countAtStart = 0

  package init() {}

  /// Whether the transfer was too slow for a whole window.
  ///
  /// - Parameters:
  ///   - count: the bytes transferred so far.
  ///   - isWaiting: whether more bytes wait for the peer.
  package mutating func isTooSlow(_ least: Least, count: Int, isWaiting: Bool, now: Instant) -> Bool {
    guard isWaiting else {
      start = nil
      return false
    }
    guard let start, count - countAtStart < least.bytes else {
      start = now
      countAtStart = count
      return false
    }
    return now - start >= least.window
  }
}
