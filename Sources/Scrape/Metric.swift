/// What one quantity is called in the metrics of a kind of engine.
///
/// Of several names the first that is there counts; of several metrics of one quantity, too.
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
  /// Of the series, exactly.
  let names: [String]
  /// Only series with this label count.
  var label: (name: String, value: String)?
  /// Name of the label that holds the model id.
  var modelLabel: String?
}

extension Metric {
  /// - Parameters:
  ///   - label: only series with it count.
  ///   - perModel: name of the label that holds the model id; such series count for the engine and for their model.
  package static func gauge(
    _ quantity: Gauge, _ names: String..., label: (String, String)? = nil, perModel: String? = nil
  ) -> Metric {
    Metric(kind: .gauge(quantity), names: names, label: label.map { (name: $0.0, value: $0.1) }, modelLabel: perModel)
  }

  /// By the exact name of its series, so a `_sum` or `_count` is one as well.
  package static func counter(_ quantity: Counter, _ names: String..., perModel: String? = nil) -> Metric {
    Metric(kind: .counter(quantity), names: names, modelLabel: perModel)
  }

  /// By the name of the family, whose `_bucket` series are read.
  package static func histogram(_ quantity: Timing, _ names: String..., perModel: String? = nil) -> Metric {
    Metric(kind: .timing(quantity), names: names.map { $0 + "_bucket" }, modelLabel: perModel)
  }

  /// vLLM's `lora_requests_info{max_lora,running_lora_adapters}`: its value is a time, and only its newest series counts.
  package static func loraRequests(_ name: String) -> Metric {
    Metric(kind: .loraRequests, names: [name])
  }

  /// vLLM's `cache_config_info{block_size,num_gpu_blocks}`: their product is the resource `kv_cache_tokens`.
  package static func cacheConfig(_ name: String) -> Metric {
    Metric(kind: .cacheConfig, names: [name])
  }

  /// - Parameter isRate: the metric is a counter, and the resource its growth per second.
  package static func resource(_ resource: String, _ names: String..., isRate: Bool = false) -> Metric {
    Metric(kind: isRate ? .rate(resource) : .resource(resource), names: names)
  }
}
