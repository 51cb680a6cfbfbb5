package import Catalog

/// The clock by which silent engines are forgotten. It stands still while most of the fleet is UNREACHABLE: the fault is
/// then more likely ours.
struct ForgetClock: Sendable {
  /// What it shows.
  private(set) var elapsed: Duration = .zero
  private var last: Duration = .zero

  /// Moves to a time since the fleet's start; `isRunning` is what was true since the move before.
  mutating func advance(to up: Duration, isRunning: Bool) {
    if isRunning { elapsed += max(.zero, up - last) }
    last = max(last, up)
  }
}

/// A moment on both clocks: of the wall for facts, and since the fleet's start for waiting, which nobody sets back.
package struct Moment: Hashable, Sendable {
  package var wall: Timestamp
  package var up: Duration

  package init(wall: Timestamp, up: Duration) {
    self.wall = wall
    self.up = up
  }
}
