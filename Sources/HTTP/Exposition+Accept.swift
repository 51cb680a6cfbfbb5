package import Metrics

extension Exposition {
  /// The format that a scraper prefers, by its `Accept` (RFC 9110 12.5.1). It is OpenMetrics only where the scraper
  /// names it in version 1.0.0 and weighs it at least as high as plain text. A scraper without a preference, or a
  /// scraper that accepts neither, gets plain text.
  package init(accept text: String?) {
    guard let text else {
      self = .prometheus
      return
    }
    // These are weights in thousandths.
    var openMetrics = 0
    var plain: Int?
    var others = 0
    for element in text.utf8.split(separator: UInt8(ascii: ",")) {
      let parts = element.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        .map(ContentCoding.trimmed)
      // A malformed weight counts as 0.
      let weight =
        parts.dropFirst().first { ContentCoding.isEqual($0.prefix(2), "q=") }
        .map { ContentCoding.weight($0) ?? 0 } ?? 1000
      let versions = parts.dropFirst().filter { $0.starts(with: "version=".utf8) }
      switch parts[0] {
      case let name where ContentCoding.isEqual(name, "application/openmetrics-text"):
        guard versions.allSatisfy({ $0.elementsEqual("version=1.0.0".utf8) }) else { continue }
        openMetrics = max(openMetrics, weight)
      case let name where ContentCoding.isEqual(name, "text/plain"): plain = max(plain ?? 0, weight)
      case let name where ContentCoding.isEqual(name, "text/*") || ContentCoding.isEqual(name, "*/*"):
        others = max(others, weight)
      default: continue
      }
    }
    self = openMetrics > 0 && openMetrics >= plain ?? others ? .openMetrics : .prometheus
  }
}
