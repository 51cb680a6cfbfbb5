package import Metrics

/// The times for which an event loop was held up, measured by a timer that ticks on it.
///
/// A tick comes late because work held the loop up, or because the thread had no processor. Time in which the thread
/// waited for a processor does not count, and no more counts than it computed.
package struct LoopStops: Sendable {
  package static let interval = Duration.milliseconds(1)
  /// The buckets' upper bounds, in seconds.
  private static let bounds = [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05]

  package private(set) var histogram = Histogram(bounds: bounds)
  package private(set) var longest = Duration.zero
  private var last: Tick?

  /// The clocks at one tick, each from an arbitrary start.
  package struct Tick: Sendable {
    /// The elapsed time.
    package var wall: Duration
    /// The processor time that the loop's thread has used.
    package var computed: Duration
    /// The time for which the loop's thread has waited for a processor.
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

  /// Adds the measurements of another event loop.
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
