/// One metric with its samples, as `/metrics` shows it (Prometheus text format 0.0.4).
package struct MetricFamily: Hashable, Sendable {
  package enum Kind: String, Sendable {
    case counter
    case gauge
    case histogram
  }

  package struct Sample: Hashable, Sendable {
    /// What follows the family's name: of a histogram `_bucket`, `_sum` and `_count`.
    package var suffix = ""
    package var labels: [Label]
    package var value: Double
  }

  package struct Label: Hashable, Sendable {
    package var name: String
    package var value: String
  }

  package var name: String
  package var help: String
  package var kind: Kind
  package private(set) var samples: [Sample] = []

  package init(_ name: String, _ kind: Kind, help: String) {
    self.name = name
    self.kind = kind
    self.help = help
  }

  /// Appends one sample; label values never come from unknown client input.
  package mutating func add(_ value: Double, _ labels: KeyValuePairs<String, String> = [:]) {
    samples.append(Sample(labels: labels.map { Label(name: $0.key, value: $0.value) }, value: value))
  }
}

extension MetricFamily {
  /// Appends a histogram's samples.
  package mutating func add(_ histogram: Histogram) {
    var count = 0
    for (bound, added) in zip(histogram.bounds + [.infinity], histogram.counts) {
      count += added
      let label = Label(name: "le", value: Exposition.number(bound))
      samples.append(Sample(suffix: "_bucket", labels: [label], value: Double(count)))
    }
    samples.append(Sample(suffix: "_sum", labels: [], value: histogram.sum))
    samples.append(Sample(suffix: "_count", labels: [], value: Double(count)))
  }
}

/// Whatever has numbers to show at `/metrics`.
package protocol MetricsSource: Sendable {
  func families() -> [MetricFamily]
}
