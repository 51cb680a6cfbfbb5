/// A format of `/metrics`: Prometheus' text format 0.0.4, or OpenMetrics 1.0 for scrapers that ask for it.
package enum Exposition: Hashable, Sendable {
  case prometheus
  case openMetrics

  package var contentType: String {
    switch self {
    case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
    case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
    }
  }

  /// Writes the families. Families of one name from several sources become one, because a name may appear only once.
  package func text(_ families: [MetricFamily]) -> [UInt8] {
    var order = [String]()
    var byName = [String: [MetricFamily]]()
    for family in families {
      if byName[family.name] == nil { order.append(family.name) }
      byName[family.name, default: []].append(family)
    }
    var bytes = [UInt8]()
    for name in order {
      guard let group = byName[name], let first = group.first else { continue }
      let title = title(of: first)
      bytes.append(contentsOf: "# HELP \(title) ".utf8)
      // OpenMetrics also escapes quotes in the help text.
      Self.appendEscaped(first.help, quotes: self == .openMetrics, to: &bytes)
      bytes.append(contentsOf: "\n# TYPE \(title) \(first.kind.rawValue)\n".utf8)
      for family in group {
        for sample in family.samples { Self.append(sample, of: name, to: &bytes) }
      }
    }
    if self == .openMetrics { bytes.append(contentsOf: "# EOF\n".utf8) }
    return bytes
  }

  /// The name of a family in its header. In OpenMetrics `_total` belongs to a counter's samples, not to its name.
  private func title(of family: MetricFamily) -> String {
    guard self == .openMetrics, family.kind == .counter, family.name.hasSuffix("_total") else { return family.name }
    return String(family.name.dropLast("_total".count))
  }

  private static func append(_ sample: MetricFamily.Sample, of name: String, to bytes: inout [UInt8]) {
    bytes.append(contentsOf: name.utf8)
    bytes.append(contentsOf: sample.suffix.utf8)
    for (index, label) in sample.labels.enumerated() {
      bytes.append(UInt8(ascii: index == 0 ? "{" : ","))
      bytes.append(contentsOf: "\(label.name)=\"".utf8)
      appendEscaped(label.value, quotes: true, to: &bytes)
      bytes.append(UInt8(ascii: "\""))
    }
    if !sample.labels.isEmpty { bytes.append(UInt8(ascii: "}")) }
    bytes.append(contentsOf: " \(number(sample.value))\n".utf8)
  }

  /// Formats a number. Exact whole numbers have neither a fraction nor an exponent.
  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return Int64(exactly: value).map(String.init) ?? String(value)
  }

  /// Formats the value of `le`. OpenMetrics requires `1.0`, and the same spelling makes the same series in both
  /// formats.
  static func bound(_ value: Double) -> String {
    value.isInfinite ? number(value) : String(value)
  }

  private static func appendEscaped(_ text: String, quotes: Bool, to bytes: inout [UInt8]) {
    for byte in text.utf8 {
      switch byte {
      case 0x0A:
        bytes.append(contentsOf: "\\n".utf8)
      case UInt8(ascii: "\\"),
        UInt8(ascii: "\"") where quotes:
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      default:
        bytes.append(byte)
      }
    }
  }
}
