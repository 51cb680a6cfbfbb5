import Catalog
package import Fleet

/// The fleet's clocks, which a test moves by hand.
package struct HandFleetClock: FleetClock {
  package let hand = HandClock()
  private let start: ContinuousClock.Instant

  package init() { start = hand.now }

  package var now: Moment {
    let up = start.duration(to: hand.now)
    return Moment(wall: Timestamp(microseconds: 1_000_000_000) + up, up: up)
  }

  package func sleep(until up: Duration) async throws {
    try await hand.sleep(until: start + up, tolerance: nil)
  }
}
