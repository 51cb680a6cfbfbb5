/// The metrics of one kind of engine, prepared for the scan.
package struct MetricTable: Sendable {
  /// One name of one metric.
  struct Entry: Sendable {
    /// The metric's index in `metrics`.
    let metric: Int
    let kind: Metric.Kind
    /// The name's index among the metric's names: a lower index takes precedence.
    let rank: Int
    let name: [UInt8]
    let label: (name: [UInt8], value: String)?
    let modelLabel: [UInt8]?
  }

  let metrics: [Metric]
  let entries: [Entry]
  let names: NameIndex

  package init(_ metrics: [Metric]) {
    self.metrics = metrics
    entries = metrics.enumerated().flatMap { index, metric in
      metric.names.enumerated().map { rank, name in
        Entry(
          metric: index, kind: metric.kind, rank: rank, name: Array(name.utf8),
          label: metric.label.map { (Array($0.name.utf8), $0.value) },
          modelLabel: metric.modelLabel.map { Array($0.utf8) })
      }
    }
    names = NameIndex(entries.map(\.name))
  }
}
