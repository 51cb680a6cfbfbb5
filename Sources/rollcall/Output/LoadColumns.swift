internal import Catalog

/// The columns of a table that show readings.
enum LoadColumns {
  static let columns: [TextTable.Column] = [
    .init(title: "RUN", isNumber: true, least: 4), .init(title: "WAIT", isNumber: true, least: 4),
    .init(title: "KV", isNumber: true, least: 4), .init(title: "TOK/S", isNumber: true, least: 5),
    .init(title: "TTFT", isNumber: true, least: 5),
  ]

  /// A cell for each column, with `-` for an unknown value.
  static func cells(_ readings: Readings?) -> [String] {
    [
      Formatted.count(readings?.runningRequests), Formatted.count(readings?.waitingRequests),
      Formatted.share(readings?.kvCacheUsage), Formatted.rate(readings?.generationTokensPerSecond),
      Formatted.latency(readings?.ttftP50),
    ]
  }
}
