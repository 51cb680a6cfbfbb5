/// A rate that a peer may keep for ever: `burst` at once, and `perSecond` after that.
package struct FrameRate: Hashable, Sendable {
  package var burst: Int
  package var perSecond: Int

  package init(_ burst: Int, perSecond: Int) {
    (self.burst, self.perSecond) = (burst, perSecond)
  }
}

/// Counts against a `FrameRate`.
struct TokenBucket {
  private let rate: FrameRate
  /// The tokens that are left, in thousandths.
  private var tokens: Int
  /// The time of the last refill, in milliseconds.
  private var filled = 0

  init(_ rate: FrameRate) {
    self.rate = rate
    tokens = rate.burst * 1_000
  }

  /// Takes a token. Returns false when none is left.
  ///
  /// - Parameter now: a monotonic time in milliseconds.
  mutating func take(now: Int) -> Bool {
    if now > filled {
      tokens = min(rate.burst * 1_000, tokens + min(now - filled, 1_000_000) * rate.perSecond)
      filled = now
    }
    guard tokens >= 1_000 else { return false }
    tokens -= 1_000
    return true
  }

  /// Gives tokens for useful work.
  mutating func add(_ count: Int) {
    tokens = min(rate.burst * 1_000, tokens + count * 1_000)
  }
}
