package import Catalog

/// The clock by which UNREACHABLE engines are forgotten. It stands still while most of the fleet is UNREACHABLE,
/// because the fault is then more likely Rollcall's own.
struct ForgetClock: Sendable {
  /// The time that the clock shows.
  private(set) var elapsed: Duration = .zero
  private var last: Duration = .zero

  /// Moves to a time since the fleet's start; `isRunning`: whether the clock ran since the move before.
  mutating func advance(to up: Duration, isRunning: Bool) {
    if isRunning { elapsed += max(.zero, up - last) }
    last = max(last, up)
  }
}

/// A moment on both clocks: the wall clock for facts, and the time since the fleet's start for waiting, which cannot be
/// set back.
package struct Moment: Hashable, Sendable {
  package var wall: Timestamp
  package var up: Duration

  package init(wall: Timestamp, up: Duration) {
    self.wall = wall
    self.up = up
  }
}
