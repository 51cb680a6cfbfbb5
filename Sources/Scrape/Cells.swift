/// The cell of each metric, of the engine or of one of its models.
struct Cells {
  /// The metrics that have a cell, which are few: a search is quicker than a hash.
  private var metrics: [Int] = []
  private var cells: [Cell] = []

  subscript(metric: Int) -> Cell? {
    metrics.firstIndex(of: metric).map { cells[$0] }
  }

  /// Adds a sample. When a metric has several names, the first name in its list that appears counts.
  mutating func add(
    _ sample: Double, _ entry: MetricTable.Entry, _ body: Span<UInt8>, _ reader: SampleReader, _ room: inout Int
  ) {
    guard let index = index(entry) else { return }
    // Changes the cell in place: a copy per sample would take time quadratic in the number of series.
    cells[index].add(sample, entry.kind, body, reader, &room)
  }

  /// Notes a malformed sample: a value without it would be wrong.
  mutating func spoil(_ entry: MetricTable.Entry) {
    if let index = index(entry) { cells[index].spoil() }
  }

  /// The index of the cell for a sample under this name, which is made if need be; nil when the sample does not count.
  private mutating func index(_ entry: MetricTable.Entry) -> Int? {
    guard let index = metrics.firstIndex(of: entry.metric) else {
      metrics.append(entry.metric)
      cells.append(Cell(rank: entry.rank))
      return cells.count - 1
    }
    let rank = cells[index].rank
    if rank < entry.rank { return nil }
    if rank > entry.rank { cells[index] = Cell(rank: entry.rank) }
    return index
  }
}
