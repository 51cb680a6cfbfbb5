/// The samples of one metric, of the engine or of one of its models.
struct Cell {
  /// The index of the name in use among the metric's names; a lower index takes precedence.
  let rank: Int
  /// The samples of any kind but histograms and adapters.
  private(set) var samples = SampleSet()
  /// The buckets of a histogram, by the hash of their series.
  private(set) var buckets: [UInt64: [(bound: Double, count: Double)]] = [:]
  private(set) var copies = Copies()
  /// Whether a sample is missing or malformed, so that the value without it would be wrong.
  private(set) var isSpoilt = false
  /// The time of the newest series of `lora_requests_info`; nil before the first sample.
  private(set) var adaptersTime: Double?
  /// The range of the adapters' label in `lora_requests_info`; `maximum` is that of the limit.
  private(set) var adapters: Range<Int>?
  private(set) var maximum: Range<Int>?

  init(rank: Int) {
    self.rank = rank
  }

  mutating func spoil() {
    isSpoilt = true
  }

  /// - Parameters:
  ///   - reader: the reader that has just read the sample.
  ///   - room: how many more series and buckets the scrape may store.
  mutating func add(
    _ sample: Double, _ kind: Metric.Kind, _ body: Span<UInt8>, _ reader: SampleReader, _ room: inout Int
  ) {
    let amount = sample.isFinite && sample >= 0 ? sample : .nan
    switch kind {
    case .gauge, .resource, .counter, .rate:
      keep(amount, reader.seriesKey(body), &room)
    case .timing:
      let bound = reader.place(body, LabelName.bound).flatMap { decimal(body, $0) } ?? .nan
      keep((bound, amount), reader.seriesKey(body, without: LabelName.bound), &room)
    case .loraRequests:
      if let adaptersTime, amount.isNaN || amount <= adaptersTime { return }
      adaptersTime = amount
      adapters = reader.place(body, LabelName.adapters)
      maximum = reader.place(body, LabelName.maximum)
    case .cacheConfig:
      let size = number(LabelName.blockSize, body, reader)
      let blocks = number(LabelName.blocks, body, reader)
      let tokens = number(LabelName.cacheTokens, body, reader)
      keep(amount.isNaN ? .nan : tokens.isNaN ? size * blocks : tokens, reader.seriesKey(body), &room)
    }
  }

  /// The number in a label; NaN when it is absent, negative or none.
  private func number(_ label: [UInt8], _ body: Span<UInt8>, _ reader: SampleReader) -> Double {
    reader.place(body, label).flatMap { decimal(body, $0) }.flatMap { $0 >= 0 ? $0 : nil } ?? .nan
  }

  private mutating func keep(_ amount: Double, _ key: SeriesKey, _ room: inout Int) {
    // Without room a sum lacks a series.
    guard samples.add(amount, key, &room) else { return spoil() }
    copies.note(key)
  }

  private mutating func keep(_ bucket: (bound: Double, count: Double), _ key: SeriesKey, _ room: inout Int) {
    room -= 1
    guard room >= 0, !bucket.bound.isNaN, !bucket.count.isNaN else { return spoil() }
    copies.note(key)
    buckets[key.series, default: []].append(bucket)
  }
}

/// Names of labels that the reader looks for in every table.
private enum LabelName {
  static let bound = Array("le".utf8)
  static let adapters = Array("running_lora_adapters".utf8)
  static let maximum = Array("max_lora".utf8)
  static let blockSize = Array("block_size".utf8)
  static let blocks = Array("num_gpu_blocks".utf8)
  static let cacheTokens = Array("kv_cache_size_tokens".utf8)
}
