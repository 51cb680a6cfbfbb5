/// What was read for each metric, of the engine or of one of its models.
struct Cells {
  private var byMetric: [Int: Cell] = [:]

  subscript(metric: Int) -> Cell? {
    byMetric[metric]
  }

  /// Of several names of a metric the first one that comes counts.
  mutating func add(
    _ sample: Double, _ entry: MetricTable.Entry, _ body: Span<UInt8>, _ reader: SampleReader, _ room: inout Int
  ) {
    let rank = byMetric[entry.metric]?.rank
    if let rank, rank < entry.rank { return }
    if rank != entry.rank { byMetric[entry.metric] = Cell(rank: entry.rank) }
    // In its place: a copy per sample would make many series cost the square of their number.
    byMetric[entry.metric]?.add(sample, entry.kind, body, reader, &room)
  }
}
