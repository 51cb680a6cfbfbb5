package import HTTP

/// How long an event loop was held up, told by a timer that ticks on it.
///
/// A tick that comes late was held up by the loop, or came late because other processes had the processor: what the
/// thread did not compute itself does not count.
package struct LoopStops: Sendable {
  package static let interval = Duration.milliseconds(1)
  /// Seconds.
  private static let bounds = [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05]

  package private(set) var histogram = Histogram(bounds: bounds)
  package private(set) var longest = Duration.zero
  private var last: (wall: Duration, cpu: Duration)?

  package init() {}

  /// Notes a tick. `wall` runs with the clock, `cpu` while the loop's thread computes; from any beginning.
  package mutating func tick(wall: Duration, cpu: Duration) {
    defer { last = (wall, cpu) }
    guard let last else { return }
    let stop = max(min(wall - last.wall - Self.interval, cpu - last.cpu), .zero)
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
