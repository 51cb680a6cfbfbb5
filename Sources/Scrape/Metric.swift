/// The names that one kind of engine gives to the metric of one quantity.
///
/// When several of the names are present, the first counts. The same is true for several metrics of one quantity.
package struct Metric: Sendable {
  enum Kind: Sendable {
    case gauge(Gauge)
    case counter(Counter)
    case timing(Timing)
    case resource(String)
    /// A counter whose growth per second is the resource.
    case rate(String)
    case loraRequests
    case cacheConfig
  }

  let kind: Kind
  /// The exact names of the series.
  let names: [String]
  /// The label that a series must have to count; nil accepts every series.
  var label: (name: String, value: String)?
  /// The name of the label that holds the model id; nil when series belong to the engine.
  var modelLabel: String?
}

extension Metric {
  /// - Parameters:
  ///   - label: the label that a series must have to count.
  ///   - perModel: the name of the label that holds the model id. Such a series counts for the engine and for its
  /// model.
  package static func gauge(
    _ quantity: Gauge, _ names: String..., label: (String, String)? = nil, perModel: String? = nil
  ) -> Metric {
    Metric(kind: .gauge(quantity), names: names, label: label.map { (name: $0.0, value: $0.1) }, modelLabel: perModel)
  }

  /// A counter by the exact names of its series, so a `_sum` or `_count` series is a counter as well. It is also found
  /// without the suffix `_total`, or with it.
  package static func counter(_ quantity: Counter, _ names: String..., perModel: String? = nil) -> Metric {
    Metric(kind: .counter(quantity), names: names + names.compactMap(otherName), modelLabel: perModel)
  }

  /// A histogram by the names of its family; the scraper reads the `_bucket` series.
  package static func histogram(_ quantity: Timing, _ names: String..., perModel: String? = nil) -> Metric {
    Metric(kind: .timing(quantity), names: names.map { $0 + "_bucket" }, modelLabel: perModel)
  }

  /// vLLM's `lora_requests_info{max_lora,running_lora_adapters}`. Its value is a time, and only its newest series
  /// counts.
  package static func loraRequests(_ name: String) -> Metric {
    Metric(kind: .loraRequests, names: [name])
  }

  /// vLLM's `cache_config_info{block_size,num_gpu_blocks,kv_cache_size_tokens}`. The last label is the resource
  /// `kv_cache_tokens`; older versions lack it, and there the product of the others is. Only the last is right for
  /// models with caches of several kinds.
  package static func cacheConfig(_ name: String) -> Metric {
    Metric(kind: .cacheConfig, names: [name])
  }

  /// - Parameter isRate: whether the metric is a counter, whose growth per second is the resource.
  package static func resource(_ resource: String, _ names: String..., isRate: Bool = false) -> Metric {
    Metric(
      kind: isRate ? .rate(resource) : .resource(resource), names: isRate ? names + names.compactMap(otherName) : names)
  }

  /// The name of a counter in the other format: OpenMetrics requires the suffix `_total`, and Prometheus' text does not.
  /// nil for the sums and counts of histograms.
  private static func otherName(_ name: String) -> String? {
    if name.hasSuffix("_sum") || name.hasSuffix("_count") { return nil }
    return name.hasSuffix("_total") ? String(name.dropLast("_total".count)) : name + "_total"
  }
}
