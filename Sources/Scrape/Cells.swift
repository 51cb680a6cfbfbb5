/// The cell of each metric, of the engine or of one of its models.
struct Cells {
  private var byMetric: [Int: Cell] = [:]

  subscript(metric: Int) -> Cell? {
    byMetric[metric]
  }

  /// Adds a sample. When a metric has several names, the first name in its list that appears counts.
  mutating func add(
    _ sample: Double, _ entry: MetricTable.Entry, _ body: Span<UInt8>, _ reader: SampleReader, _ room: inout Int
  ) {
    guard takes(entry) else { return }
    // Changes the cell in place: a copy per sample would take time quadratic in the number of series.
    byMetric[entry.metric]?.add(sample, entry.kind, body, reader, &room)
  }

  /// Notes a malformed sample: a value without it would be wrong.
  mutating func spoil(_ entry: MetricTable.Entry) {
    guard takes(entry) else { return }
    byMetric[entry.metric]?.spoil()
  }

  /// Whether a sample under this name counts; makes the cell for it.
  private mutating func takes(_ entry: MetricTable.Entry) -> Bool {
    let rank = byMetric[entry.metric]?.rank
    if let rank, rank < entry.rank { return false }
    if rank != entry.rank { byMetric[entry.metric] = Cell(rank: entry.rank) }
    return true
  }
}
