import Catalog
import Scrape

/// The work that an engine reports, from probe to probe: its load, and what shows that it lives.
struct WorkMemory: Sendable {
  /// The largest number of reasons that are noted of one engine.
  private static let problemLimit = 8

  private var meter = Meter()
  /// Whether a load was ever reported.
  private var hasReported = false
  /// Probes in a row without metrics.
  private var probesWithoutMetrics = 0
  /// The reasons why its metrics gave no readings, as they were noted.
  private var metricsProblems: Set<String> = []
  private var newProblem: String?
  /// Whether requests were in flight when the engine last told.
  private(set) var isBusy = false

  /// One report, read.
  struct Reading {
    /// The engine's load; nil when none is known.
    var load: EngineLoad?
    var signs = LifeWatch.Signs()
    /// Whether the whole engine sleeps; nil when the metrics were not read.
    var isAsleep: Bool?
  }

  mutating func read(_ report: EngineReport, _ spec: EngineSpec, at now: Moment) -> Reading {
    var reading = Reading()
    let measured = report.scrape.map { meter.read($0, at: now.wall, up: now.up) }
    if let measured { reading.isAsleep = measured.isAsleep ?? false }
    reading.signs.hasProgressed = measured?.hasProgressed
    reading.signs.isRestarted = measured?.isRestarted ?? false
    reading.signs.inFlight = [measured?.inFlight, report.serverLoad].compactMap(\.self).max()
    reading.signs.proof = report.proof
    if let inFlight = reading.signs.inFlight { isBusy = inFlight > 0 }
    reading.load = load(measured?.load, report, spec)
    if let problem = report.metricsProblem, metricsProblems.count < Self.problemLimit,
      metricsProblems.insert(problem).inserted
    {
      newProblem = problem
    }
    return reading
  }

  /// Why the engine's metrics give no readings, once for each reason; nil: there is no news of it.
  mutating func takeMetricsProblem() -> String? {
    defer { newProblem = nil }
    return newProblem
  }

  private mutating func load(_ measured: EngineLoad?, _ report: EngineReport, _ spec: EngineSpec) -> EngineLoad? {
    var load = measured
    probesWithoutMetrics = measured == nil ? probesWithoutMetrics + 1 : 0
    for (id, resources) in report.resources {
      load = load ?? EngineLoad()
      load?.models[id, default: ModelLoad()].resources.merge(resources) { $1 }
    }
    // An old load is not the current one: the second probe without metrics clears it.
    if probesWithoutMetrics == 2 || (!hasReported && !spec.resources.isEmpty) { load = load ?? EngineLoad() }
    hasReported = hasReported || load != nil
    load?.resources.merge(spec.resources) { $1 }
    return load
  }
}
