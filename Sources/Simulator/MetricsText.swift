/// Prometheus text as vLLM's Python client writes it: labels sorted by name, every value a float.
struct MetricsText {
  private(set) var text = ""
  private let model: String

  init(model: String) {
    self.model = model
  }

  mutating func family(_ name: String, _ kind: String, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
  }

  mutating func gauge(_ name: String, _ help: String, _ value: Double) {
    family(name, "gauge", help)
    sample(name, [], value)
  }

  mutating func counter(_ name: String, _ help: String, _ value: Double) {
    family(name, "counter", help)
    sample(name, [], value)
  }

  /// Adds a sample with the labels `engine` and `model_name` besides its own.
  mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Double) {
    plain(name, labels + [("engine", "0"), ("model_name", model)], value)
  }

  mutating func plain(_ name: String, _ labels: [(String, String)], _ value: Double) {
    let pairs = labels.sorted { $0.0 < $1.0 }.map { "\($0.0)=\(quoted($0.1))" }
    text += pairs.isEmpty ? "\(name) \(value)\n" : "\(name){\(pairs.joined(separator: ","))} \(value)\n"
  }

  /// Adds a histogram of `count` made-up observations, half of which are below `median`.
  mutating func histogram(_ name: String, _ help: String, bounds: [Double], median: Double, count: Int) {
    family(name, "histogram", help)
    for bound in bounds {
      let share = bound * bound / (bound * bound + median * median)
      sample(name + "_bucket", [("le", String(bound))], (share * Double(count)).rounded(.down))
    }
    sample(name + "_bucket", [("le", "+Inf")], Double(count))
    sample(name + "_count", [], Double(count))
    sample(name + "_sum", [], Double(count) * median)
  }
}
