package import Catalog

/// Compares each scrape with earlier scrapes. Rates cover the time between the last two; quantiles cover the growth of
/// the last 30 to 60 seconds.
package struct Meter: Sendable {
  /// The growth of each histogram, for quantiles, of the engine or of one model.
  private typealias Windows = [Timing: Window]

  /// The step from the last scrape to this one.
  private struct Step {
    /// Seconds between the scrapes; nil on the first scrape, and when no time has passed.
    var seconds: Double?
    var isNewProcess: Bool
    var cacheScale = ShareScale()
  }

  private static let windowAge = Duration.seconds(30)

  private var last: (scrape: Scrape, up: Duration)?
  /// The latest start time that any scrape reported. Several workers may share a port, and their start times alternate.
  private var startTime: Double?
  /// When the meter set the younger bases of the windows.
  private var basedAt = Duration.zero
  private var engine: Windows = [:]
  private var models: [ByteString: Windows] = [:]
  private var cacheScale = ShareScale()

  package init() {}

  /// - Parameters:
  ///   - at: the time at which the body was read.
  ///   - up: the same moment on a monotonic clock with any origin.
  package mutating func read(_ scrape: Scrape, at: Timestamp, up: Duration) -> Measured {
    if let last, up < last.up { self = Meter() }
    let elapsed = last.map { (up - $0.up).inSeconds }
    var step = Step(seconds: elapsed.flatMap { $0 > 0 ? $0 : nil }, isNewProcess: isNewProcess(scrape))
    let before = last?.scrape
    rotate(up)

    var measured = Measured(load: EngineLoad())
    measured.isRestarted = step.isNewProcess
    for counter in Counter.allCases {
      guard let growth = Self.growth(of: counter, scrape.engine, before?.engine, step) else { continue }
      if growth.amount > 0 { measured.hasProgressed = true }
      if growth.hasFallen { measured.isRestarted = true }
    }
    // Another process may be another version, with another scale.
    if measured.isRestarted { cacheScale = ShareScale() }
    // The engine's share is the largest of all its models.
    if let usage = scrape.gauges[.kvCacheUsage] { cacheScale.note(usage) }
    step.cacheScale = cacheScale
    measured.load.readings = Self.readings(scrape.engine, before?.engine, step, &engine, at)
    measured.load.resources = scrape.engine.resources
    for (name, series) in scrape.engine.rateSeries {
      guard let old = before?.engine.rateSeries[name],
        let rate = Self.rate(series.growth(since: old, isNewProcess: step.isNewProcess)?.amount, step)
      else { continue }
      measured.load.resources[name] = rate
    }
    var windows: [ByteString: Windows] = [:]
    for (id, part) in scrape.models {
      var window = models[id] ?? [:]
      let readings = Self.readings(part, before?.models[id], step, &window, at)
      measured.load.models[id] = ModelLoad(readings: readings, resources: part.resources)
      windows[id] = window
    }
    models = windows
    measured.isAsleep = scrape.gauges[.awake].map { $0 == 0 }
    let (running, waiting) = (scrape.gauges[.runningRequests], scrape.gauges[.waitingRequests])
    measured.inFlight = running == nil && waiting == nil ? nil : (running ?? 0) + (waiting ?? 0)
    last = (scrape, up)
    return measured
  }

  private mutating func isNewProcess(_ scrape: Scrape) -> Bool {
    guard let started = scrape.gauges[.startTime] else { return false }
    defer { startTime = max(startTime ?? started, started) }
    // An engine that computes its start time for each scrape reports values that vary by a fraction of a second.
    return last != nil && startTime.map { started > $0 + 1 } == true
  }

  /// Replaces the older bases. They are 30 to 60 s old, or as old as the last scrape when that is longer ago.
  private mutating func rotate(_ up: Duration) {
    guard let last else {
      basedAt = up
      return
    }
    for _ in 0..<2 where up - basedAt >= Self.windowAge {
      basedAt = last.up
      for timing in engine.keys { engine[timing]?.rotate() }
      for model in models.keys {
        for timing in Timing.allCases { models[model]?[timing]?.rotate() }
      }
    }
  }

  private static func growth(
    of counter: Counter, _ now: Scrape.Part, _ before: Scrape.Part?, _ step: Step
  ) -> (amount: Double, hasFallen: Bool)? {
    guard let before, let series = now.counterSeries[counter] else { return nil }
    return series.growth(since: before.counterSeries[counter] ?? Series(), isNewProcess: step.isNewProcess)
  }

  private static func rate(_ amount: Double?, _ step: Step) -> Double? {
    guard let amount, let seconds = step.seconds else { return nil }
    let rate = amount / seconds
    return rate.isFinite ? rate : nil
  }

  private static func readings(
    _ now: Scrape.Part, _ before: Scrape.Part?, _ step: Step, _ windows: inout Windows, _ at: Timestamp
  ) -> Readings? {
    for timing in Timing.allCases {
      guard let histograms = now.histograms[timing] else {
        windows[timing] = nil
        continue
      }
      guard let old = before?.histograms[timing] else {
        windows[timing] = Window()
        continue
      }
      windows[timing, default: Window()].add(histograms, since: old, isNewProcess: step.isNewProcess)
    }
    var readings = Readings(takenAt: at)
    readings.runningRequests = now.gauges[.runningRequests]
    readings.waitingRequests = now.gauges[.waitingRequests]
    readings.kvCacheUsage = now.gauges[.kvCacheUsage].flatMap { step.cacheScale.ratio($0) }
    readings.loraSlotsUsed = now.gauges[.loraSlotsUsed]
    readings.loraSlotsTotal = now.gauges[.loraSlotsTotal]
    readings.promptTokensPerSecond = rate(growth(of: .promptTokens, now, before, step)?.amount, step)
    readings.generationTokensPerSecond = rate(growth(of: .generatedTokens, now, before, step)?.amount, step)
    readings.ttftP50 = windows[.ttft]?.quantile(0.5)
    readings.ttftP99 = windows[.ttft]?.quantile(0.99)
    readings.itlP50 = windows[.itl]?.quantile(0.5)
    readings.itlP99 = windows[.itl]?.quantile(0.99)
    readings.e2eP50 = windows[.e2e]?.quantile(0.5)
    readings.e2eP99 = windows[.e2e]?.quantile(0.99)
    return readings == Readings(takenAt: at) ? nil : readings
  }
}

extension Duration {
  fileprivate var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
