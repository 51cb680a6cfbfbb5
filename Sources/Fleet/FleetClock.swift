import Catalog
import FoundationEssentials

/// The fleet's clocks; tests move theirs by hand.
package protocol FleetClock: Sendable {
  /// Now, on the wall and since the fleet's start.
  var now: Moment { get }
  /// Returns at a time since the fleet's start, or throws when the task is cancelled.
  func sleep(until up: Duration) async throws
}

/// The machine's clocks.
package struct SystemFleetClock: FleetClock {
  private let start = ContinuousClock.now

  package init() {}

  package var now: Moment {
    Moment(wall: Timestamp(microseconds: Self.microseconds), up: start.duration(to: .now))
  }

  package func sleep(until up: Duration) async throws {
    try await Task.sleep(until: start + up, tolerance: .milliseconds(1), clock: .continuous)
  }

  private static var microseconds: Int64 {
    Int64((Date.now.timeIntervalSince1970 * 1_000_000).rounded(.down))
  }
}
