package import Catalog

/// The figures of one body of metrics.
///
/// Data-parallel engines have several series of one name, which the scrape adds. Of shares the largest counts, and an
/// engine is awake only when all its series are. A value that is absent, not a number, infinite or negative is left
/// out.
package struct Scrape: Hashable, Sendable {
  /// The figures of an engine as a whole, or of one of its models.
  package struct Part: Hashable, Sendable {
    package var gauges: [Gauge: Double] = [:]
    /// Amounts by the resource's name.
    package var resources: [String: Double] = [:]
    var counterSeries: [Counter: Series] = [:]
    var rateSeries: [String: Series] = [:]
    var histograms: [Timing: [UInt64: CumulativeHistogram]] = [:]

    package var counters: [Counter: Double] {
      counterSeries.mapValues(\.total)
    }
  }

  package var engine: Part
  /// The figures of each model by id, where a series names its model.
  package var models: [ByteString: Part]

  /// Reads the text format of Prometheus 0.0.4 and 1.0.0, or of OpenMetrics 1.0. The body may contain arbitrary bytes.
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

  init(engine: Part, models: [ByteString: Part]) {
    (self.engine, self.models) = (engine, models)
  }

  /// Whether the body has none of the table's metrics.
  package var isEmpty: Bool { engine == Part() && models.isEmpty }
  package var gauges: [Gauge: Double] { engine.gauges }
  package var counters: [Counter: Double] { engine.counters }
  package var resources: [String: Double] { engine.resources }
}
