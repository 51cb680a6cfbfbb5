/// Pauses between attempts: they double from 250 ms to 10 s, each shortened by up to half at random, so that many clients
/// do not reconnect at once.
struct BackOff {
  private static let first = Duration.milliseconds(250)
  private static let last = Duration.seconds(10)
  private var pause = first

  mutating func next() -> Duration {
    defer { pause = min(pause * 2, Self.last) }
    return pause * Double.random(in: 0.5...1)
  }

  /// An attempt succeeded.
  mutating func reset() {
    pause = Self.first
  }
}
