/// What was read for each metric of the engine, or of one of its models.
struct Cells {
  struct Cell {
    /// Of the name that counts so far.
    var rank: Int
    /// NaN once a sample that counts was not a number, infinite or negative.
    var value: Double
    /// Of counters.
    var series = Series()
    /// Of histograms, by series.
    var buckets: [UInt64: [(bound: Double, count: Double)]] = [:]
    /// Of `lora_requests_info`: where the names and the number are.
    var running: Range<Int>?
    var maximum: Range<Int>?
  }

  var byMetric: [Int: Cell] = [:]

  mutating func add(
    _ sample: Double, _ kind: Metric.Kind, _ entry: MetricTable.Entry, _ body: Span<UInt8>, _ reader: SampleReader,
    _ room: inout Int
  ) {
    let known = byMetric[entry.metric]
    if let known, known.rank < entry.rank { return }
    let isFirst = known == nil || known?.rank != entry.rank
    let value = sample.isFinite && sample >= 0 ? sample : .nan
    var cell = Cell(rank: entry.rank, value: 0)
    if !isFirst, let known { cell = known }
    byMetric[entry.metric] = nil
    defer { byMetric[entry.metric] = cell }
    switch kind {
    case .gauge(let gauge):
      cell.value = isFirst ? value : gauge.join(cell.value, value)
    case .resource:
      cell.value += value
    case .counter, .rate:
      cell.value += value
      let key = seriesKey(body, reader, without: [])
      if cell.series.values[key] == nil { takeRoom(&room, &cell) }
      if room >= 0 { cell.series.values[key, default: 0] += value }
    case .timing:
      cell.value += value
      guard let place = reader.place(body, Self.bound), let bound = decimal(body, place), !bound.isNaN else {
        cell.value = .nan
        return
      }
      takeRoom(&room, &cell)
      guard !cell.value.isNaN else { return }
      cell.buckets[seriesKey(body, reader, without: Self.bound), default: []].append((bound, value))
    case .loraRequests:
      guard isFirst || value > cell.value else { return }
      cell.value = value
      cell.running = reader.place(body, Self.running)
      cell.maximum = reader.place(body, Self.maximum)
    case .cacheConfig:
      guard let size = reader.place(body, Self.blockSize).flatMap({ decimal(body, $0) }),
        let blocks = reader.place(body, Self.blocks).flatMap({ decimal(body, $0) }), size >= 0, blocks >= 0
      else {
        cell.value = .nan
        return
      }
      cell.value += size * blocks
    }
  }

  private func takeRoom(_ room: inout Int, _ cell: inout Cell) {
    room -= 1
    if room < 0 { cell.value = .nan }
  }

  private static let bound = Array("le".utf8)
  private static let running = Array("running_lora_adapters".utf8)
  private static let maximum = Array("max_lora".utf8)
  private static let blockSize = Array("block_size".utf8)
  private static let blocks = Array("num_gpu_blocks".utf8)

  /// The same for the same labels in any order.
  private func seriesKey(_ body: Span<UInt8>, _ reader: SampleReader, without name: [UInt8]) -> UInt64 {
    var key: UInt64 = 0
    for label in reader.labels where !equal(body, label.name, name) {
      // FNV-1a.
      var hash: UInt64 = 0xcbf2_9ce4_8422_2325
      for index in label.name { hash = (hash ^ UInt64(body[index])) &* 0x0100_0000_01b3 }
      hash = (hash ^ 0xff) &* 0x0100_0000_01b3
      for index in label.value { hash = (hash ^ UInt64(body[index])) &* 0x0100_0000_01b3 }
      key &+= (hash ^ hash >> 32) &* 0x9e37_79b9_7f4a_7c15
    }
    return key
  }
}
