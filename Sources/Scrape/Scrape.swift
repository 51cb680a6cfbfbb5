/// The figures of one body of metrics.
///
/// Series of one name, as data-parallel engines have them, are added; of shares the largest counts, and an engine is
/// awake when all of it is. What is missing, not a number, infinite or negative is not there.
package struct Scrape: Hashable, Sendable {
  /// Of an engine as a whole, or of one of its models.
  package struct Part: Hashable, Sendable {
    package var gauges: [Gauge: Double] = [:]
    /// By the name of the resource.
    package var resources: [String: Double] = [:]
    var counterSeries: [Counter: Series] = [:]
    var rateSeries: [String: Series] = [:]
    var histograms: [Timing: [UInt64: CumulativeHistogram]] = [:]

    package var counters: [Counter: Double] {
      counterSeries.mapValues(\.total)
    }
  }

  package var engine: Part
  /// By model id, where series belong to a model.
  package var models: [String: Part]

  /// Reads the text format, as Prometheus 0.0.4 and 1.0.0 or OpenMetrics 1.0 write it. Anything may be in the body.
  package init(_ body: Span<UInt8>, _ table: MetricTable) {
    var collector = Collector(table)
    table.names.scan(body) { name, line in
      collector.read(body, line, firstName: name)
    }
    self = collector.finish(body)
  }

  package init(_ body: [UInt8], _ table: MetricTable) {
    self.init(body.span, table)
  }

  init(engine: Part, models: [String: Part]) {
    (self.engine, self.models) = (engine, models)
  }

  package var gauges: [Gauge: Double] { engine.gauges }
  package var counters: [Counter: Double] { engine.counters }
  package var resources: [String: Double] { engine.resources }
}
