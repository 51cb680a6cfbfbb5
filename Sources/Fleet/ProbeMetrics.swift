package import Metrics

/// Counters of the probes.
struct ProbeCounters: Sendable {
  /// Every name that `ProbeOutcome` has.
  static let outcomeNames = [
    "healthy", "loading", "draining", "unhealthy", "refused", "not_now", "broken", "down", "own_failure",
  ]
  /// Seconds.
  private static let bounds = [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15]

  private(set) var outcomes: [String: Int] = [:]
  private(set) var times = Histogram(bounds: bounds)
  private(set) var proofs = (passed: 0, failed: 0, unclear: 0)

  mutating func count(_ outcome: ProbeOutcome, took: Duration) {
    outcomes[outcome.name, default: 0] += 1
    // A probe that no engine saw shows nothing of their speed.
    if outcome.isOwnFailure { return }
    times.add(took / .seconds(1))
    switch outcome.report?.proof {
    case .passed: proofs.passed += 1
    case .failed: proofs.failed += 1
    case .unclear: proofs.unclear += 1
    case nil: break
    }
  }
}

/// The figures behind the fleet's metrics.
struct FleetFigures: Sendable {
  var counters: ProbeCounters
  var flights: Int
  /// Engines that no probe has reached yet.
  var unknown: Int
  var sources: [SourceID: SourceFigures]
}

/// One source in numbers.
struct SourceFigures: Sendable {
  var isUp: Bool
  var engines: Int
  /// Engines that count although the source does not name them any more.
  var leftOut: Int
  /// Entries that are left out because they are not valid.
  var rejected: Int
  var answers: Int
  var failures: Int

  init(_ state: SourceState) {
    isUp = state.hasAnswered && state.outage == nil
    engines = state.parts.values.reduce(0) { $0 + $1.count }
    leftOut = state.parts.values.reduce(0) { $0 + $1.omittedCount }
    rejected = state.notices.count
    answers = state.answers
    failures = state.failures
  }
}

/// The fleet in numbers, for `/metrics`.
package struct ProbeMetrics: MetricsSource {
  let fleet: FleetMonitor

  package func families() -> [MetricFamily] {
    let figures = fleet.figures
    var probes = MetricFamily("rollcall_probes_total", .counter, help: "Probes of engines by outcome.")
    for name in ProbeCounters.outcomeNames {
      probes.add(Double(figures.counters.outcomes[name, default: 0]), ["outcome": name])
    }
    var flights = MetricFamily("rollcall_probes_in_flight", .gauge, help: "Probes that wait for an engine.")
    flights.add(Double(figures.flights))
    var times = MetricFamily("rollcall_probe_duration_seconds", .histogram, help: "Time that probes took.")
    times.add(figures.counters.times)
    var proofs = MetricFamily(
      "rollcall_proofs_of_life_total", .counter, help: "Requests for one token to suspect engines, by outcome.")
    proofs.add(Double(figures.counters.proofs.passed), ["outcome": "passed"])
    proofs.add(Double(figures.counters.proofs.failed), ["outcome": "failed"])
    proofs.add(Double(figures.counters.proofs.unclear), ["outcome": "unclear"])
    // The catalog's metrics have the engines by state.
    var unknown = MetricFamily("rollcall_engines_unknown", .gauge, help: "Engines that no probe has reached yet.")
    unknown.add(Double(figures.unknown))
    return [probes, flights, times, proofs, unknown] + sources(figures.sources)
  }

  private func sources(_ sources: [SourceID: SourceFigures]) -> [MetricFamily] {
    var up = MetricFamily("rollcall_source_up", .gauge, help: "Whether a source of engines answers.")
    var engines = MetricFamily("rollcall_source_engines", .gauge, help: "Engines that a source claims.")
    var doubted = MetricFamily(
      "rollcall_source_doubted_engines", .gauge, help: "Engines that a source left out, which is not believed yet.")
    var rejected = MetricFamily(
      "rollcall_source_rejected_entries", .gauge, help: "Entries of a source that are not valid: the log names each.")
    var answers = MetricFamily("rollcall_source_answers_total", .counter, help: "Answers of a source.")
    var failures = MetricFamily(
      "rollcall_source_failures_total", .counter, help: "Requests to a source that failed.")
    for (name, figures) in sources.map({ ($0.key.description, $0.value) }).sorted(by: { $0.0 < $1.0 }) {
      up.add(figures.isUp ? 1 : 0, ["source": name])
      engines.add(Double(figures.engines), ["source": name])
      doubted.add(Double(figures.leftOut), ["source": name])
      rejected.add(Double(figures.rejected), ["source": name])
      answers.add(Double(figures.answers), ["source": name])
      failures.add(Double(figures.failures), ["source": name])
    }
    return [up, engines, doubted, rejected, answers, failures]
  }
}
