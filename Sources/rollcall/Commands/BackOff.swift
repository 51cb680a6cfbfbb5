/// Pauses between attempts. They double from 250 ms to 10 s, and each is shortened by up to half at random, so that
/// many clients do not reconnect at once.
struct BackOff {
  private static let first = Duration.milliseconds(250)
  private static let last = Duration.seconds(10)
  private var pause = first

  mutating func next() -> Duration {
    defer { pause = min(pause * 2, Self.last) }
    return pause * Double.random(in: 0.5...1)
  }

  /// Returns to the first pause after an attempt that succeeded.
  mutating func reset() {
    pause = Self.first
  }
}
