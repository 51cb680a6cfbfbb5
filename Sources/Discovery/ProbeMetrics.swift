package import HTTP

/// What the probes did.
struct ProbeCounters: Sendable {
  private(set) var outcomes: [String: Int] = [:]
  private(set) var seconds = 0.0

  var total: Int { outcomes.values.reduce(0, +) }

  mutating func count(_ outcome: ProbeOutcome, took: Duration) {
    outcomes[outcome.name, default: 0] += 1
    seconds += took / .seconds(1)
  }
}

/// What the metrics are made of.
struct FleetFigures: Sendable {
  var counters: ProbeCounters
  var flights: Int
  /// Engines that no probe has reached yet.
  var unknown: Int
}

/// The fleet in numbers, for `/metrics`.
package struct ProbeMetrics: MetricsSource {
  let fleet: Fleet

  package func families() -> [MetricFamily] {
    let figures = fleet.figures
    var probes = MetricFamily("rollcall_probes_total", .counter, help: "Probes of engines by outcome.")
    for name in ["healthy", "loading", "draining", "unhealthy", "refused", "broken", "down"] {
      probes.add(Double(figures.counters.outcomes[name, default: 0]), ["outcome": name])
    }
    var flights = MetricFamily("rollcall_probes_in_flight", .gauge, help: "Probes that wait for an engine.")
    flights.add(Double(figures.flights))
    var sum = MetricFamily("rollcall_probe_duration_seconds_sum", .counter, help: "Time that probes took.")
    sum.add(figures.counters.seconds)
    var count = MetricFamily("rollcall_probe_duration_seconds_count", .counter, help: "Probes that were timed.")
    count.add(Double(figures.counters.total))
    // Engines by state are the catalogue's to tell.
    var unknown = MetricFamily("rollcall_engines_unknown", .gauge, help: "Engines that no probe has reached yet.")
    unknown.add(Double(figures.unknown))
    return [probes, flights, sum, count, unknown]
  }
}
