internal import Catalog

/// What readings show in a table.
enum LoadColumns {
  static let columns: [TextTable.Column] = [
    .init(title: "RUN", isNumber: true, least: 4), .init(title: "WAIT", isNumber: true, least: 4),
    .init(title: "KV", isNumber: true, least: 4), .init(title: "TOK/S", isNumber: true, least: 5),
    .init(title: "TTFT", isNumber: true, least: 5),
  ]

  /// A cell for each column.
  static func cells(_ readings: Readings?) -> [String] {
    [
      ReadingText.count(readings?.runningRequests), ReadingText.count(readings?.waitingRequests),
      ReadingText.share(readings?.kvCacheUsage), ReadingText.rate(readings?.generationTokensPerSecond),
      ReadingText.duration(readings?.ttftP50),
    ]
  }
}
