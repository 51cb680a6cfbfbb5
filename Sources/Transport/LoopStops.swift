package import Metrics

/// How long an event loop was held up, measured by a timer that ticks on it.
///
/// A tick that comes late was held up by the loop, or came late because others had the processor: time in which the
/// thread waited for one, and more than it computed, does not count.
package struct LoopStops: Sendable {
  package static let interval = Duration.milliseconds(1)
  /// Seconds.
  private static let bounds = [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05]

  package private(set) var histogram = Histogram(bounds: bounds)
  package private(set) var longest = Duration.zero
  private var last: Tick?

  /// When a tick came, from any beginning.
  package struct Tick: Sendable {
    /// By the clock.
    package var wall: Duration
    /// What the loop's thread had computed.
    package var computed: Duration
    /// What it had waited for a processor.
    package var waited: Duration

    package init(wall: Duration, computed: Duration, waited: Duration) {
      (self.wall, self.computed, self.waited) = (wall, computed, waited)
    }
  }

  package init() {}

  package mutating func note(_ tick: Tick) {
    defer { last = tick }
    guard let last else { return }
    let late = tick.wall - last.wall - Self.interval - (tick.waited - last.waited)
    let stop = max(min(late, tick.computed - last.computed), .zero)
    longest = max(longest, stop)
    histogram.add(stop / .seconds(1))
  }

  /// What happened on another loop, too.
  package mutating func add(_ other: LoopStops) {
    histogram.add(other.histogram)
    longest = max(longest, other.longest)
  }

  package var families: [MetricFamily] {
    var stops = MetricFamily(
      "rollcall_event_loop_stop_seconds", .histogram,
      help: "Time by which a tick of a millisecond came late because its event loop was busy.")
    stops.add(histogram)
    var longest = MetricFamily(
      "rollcall_event_loop_stop_seconds_max", .gauge, help: "The longest of them since the start.")
    longest.add(self.longest / .seconds(1))
    return [stops, longest]
  }
}
