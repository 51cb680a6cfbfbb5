import Catalog

/// Collects the samples of one body.
struct Collector {
  private static let modelLimit = 4_096
  private static let modelIDLimit = 1_024

  let table: MetricTable
  private(set) var engine = Cells()
  private(set) var models: [ByteString: Cells] = [:]
  /// Reads one line at a time, and reuses its memory from line to line.
  private var reader = SampleReader()
  /// How many more series and buckets the collector may store: a limit for hostile bodies.
  private var room = 32_768

  init(_ table: MetricTable) {
    self.table = table
  }

  /// Reads a line whose name may be the name at index `firstName`, or another name with the same hash.
  mutating func read(_ body: Span<UInt8>, _ line: Range<Int>, firstName: Int) {
    // Whether the labels and the value are read, and the value; nil when they are malformed.
    var (isRead, sample): (Bool, Double?) = (false, nil)
    var name: Int? = firstName
    while let index = name {
      let entry = table.entries[index]
      let end = line.lowerBound + entry.name.count
      if end < line.upperBound, !isNameByte(body[end]), equal(body, line.lowerBound..<end, entry.name) {
        if !isRead { sample = reader.read(body, end..<line.upperBound) }
        isRead = true
        take(entry, body, sample)
      }
      name = table.names.name(after: index)
    }
  }

  private mutating func take(_ entry: MetricTable.Entry, _ body: Span<UInt8>, _ sample: Double?) {
    guard let sample else {
      engine.spoil(entry)
      return
    }
    if let label = entry.label {
      guard let place = reader.place(body, label.name), labelText(body, place) == label.value else { return }
    }
    engine.add(sample, entry, body, reader, &room)
    guard let modelLabel = entry.modelLabel, let place = reader.place(body, modelLabel), !place.isEmpty,
      place.count <= Self.modelIDLimit
    else { return }
    let model = ByteString(labelText(body, place))
    guard models[model] != nil || models.count < Self.modelLimit else { return }
    models[model, default: Cells()].add(sample, entry, body, reader, &room)
  }
}
