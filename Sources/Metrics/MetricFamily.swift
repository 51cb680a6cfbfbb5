/// One metric with its samples, as `/metrics` shows it.
package struct MetricFamily: Hashable, Sendable {
  package enum Kind: String, Sendable {
    case counter
    case gauge
    case histogram
  }

  package struct Sample: Hashable, Sendable {
    /// The suffix after the family's name, such as a histogram's `_bucket`, `_sum` and `_count`.
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

  /// Appends one sample. Label values must never come from arbitrary client input.
  package mutating func add(_ value: Double, _ labels: KeyValuePairs<String, String> = [:]) {
    samples.append(Sample(labels: labels.map { Label(name: $0.key, value: $0.value) }, value: value))
  }
}

extension MetricFamily {
  /// Appends a histogram's samples.
  package mutating func add(_ histogram: Histogram, _ labels: KeyValuePairs<String, String> = [:]) {
    let labels = labels.map { Label(name: $0.key, value: $0.value) }
    var count = 0
    for (bound, added) in zip(histogram.bounds + [.infinity], histogram.counts) {
      count += added
      let label = Label(name: "le", value: Exposition.bound(bound))
      samples.append(Sample(suffix: "_bucket", labels: labels + [label], value: Double(count)))
    }
    samples.append(Sample(suffix: "_sum", labels: labels, value: histogram.sum))
    samples.append(Sample(suffix: "_count", labels: labels, value: Double(count)))
  }

  /// A family of one sample without labels.
  package static func single(_ name: String, _ kind: Kind, help: String, _ value: Double) -> MetricFamily {
    var family = MetricFamily(name, kind, help: help)
    family.add(value)
    return family
  }
}

/// An object that supplies metrics for `/metrics`.
package protocol MetricsSource: Sendable {
  func families() -> [MetricFamily]
}
