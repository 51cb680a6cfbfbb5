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
    let rank = byMetric[entry.metric]?.rank
    if let rank, rank < entry.rank { return }
    if rank != entry.rank { byMetric[entry.metric] = Cell(rank: entry.rank) }
    // Changes the cell in place: a copy per sample would take time quadratic in the number of series.
    byMetric[entry.metric]?.add(sample, entry.kind, body, reader, &room)
  }
}
