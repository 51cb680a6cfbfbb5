/// The samples of one metric, of the engine or of one of its models.
struct Cell {
  /// The index of the name in use among the metric's names; a lower index takes precedence.
  let rank: Int
  /// The sum or the joined value; nil before the first sample. NaN once any sample was not a number, infinite or
  /// negative.
  private(set) var value: Double?
  /// The series of a counter.
  private(set) var series = Series()
  /// The buckets of a histogram, by the hash of their series.
  private(set) var buckets: [UInt64: [(bound: Double, count: Double)]] = [:]
  /// The range of the adapters' label in `lora_requests_info`; `maximum` is that of the limit.
  private(set) var adapters: Range<Int>?
  private(set) var maximum: Range<Int>?

  init(rank: Int) {
    self.rank = rank
  }

  /// - Parameters:
  ///   - sample: NaN when the value is malformed.
  ///   - reader: the reader that has just read the sample.
  ///   - room: how many more series and buckets the scrape may store.
  mutating func add(
    _ sample: Double, _ kind: Metric.Kind, _ body: Span<UInt8>, _ reader: SampleReader, _ room: inout Int
  ) {
    let amount = sample.isFinite && sample >= 0 ? sample : .nan
    switch kind {
    case .gauge(let gauge):
      value = value.map { gauge.join($0, amount) } ?? amount
    case .resource:
      value = (value ?? 0) + amount
    case .counter, .rate:
      value = (value ?? 0) + amount
      keep(amount, series: reader.seriesKey(body), &room)
    case .timing:
      value = (value ?? 0) + amount
      let bound = reader.place(body, LabelName.bound).flatMap { decimal(body, $0) } ?? .nan
      keep((bound, amount), series: reader.seriesKey(body, without: LabelName.bound), &room)
    case .loraRequests:
      if let value, amount.isNaN || amount <= value { return }
      value = amount
      adapters = reader.place(body, LabelName.adapters)
      maximum = reader.place(body, LabelName.maximum)
    case .cacheConfig:
      let size = reader.place(body, LabelName.blockSize).flatMap { decimal(body, $0) } ?? .nan
      let blocks = reader.place(body, LabelName.blocks).flatMap { decimal(body, $0) } ?? .nan
      value = (value ?? 0) + (amount.isNaN || size < 0 || blocks < 0 ? .nan : size * blocks)
    }
  }

  private mutating func keep(_ amount: Double, series key: UInt64, _ room: inout Int) {
    if series.values[key] == nil {
      guard takeRoom(&room) else { return }
    }
    series.values[key, default: 0] += amount
  }

  private mutating func keep(_ bucket: (bound: Double, count: Double), series key: UInt64, _ room: inout Int) {
    guard !bucket.bound.isNaN else {
      value = .nan
      return
    }
    guard takeRoom(&room) else { return }
    buckets[key, default: []].append(bucket)
  }

  /// Takes room for a series or bucket. Without room the value becomes NaN, because a sum without that series would be
  /// wrong.
  private mutating func takeRoom(_ room: inout Int) -> Bool {
    room -= 1
    if room < 0 { value = .nan }
    return room >= 0
  }
}

/// Names of labels that the reader looks for in every table.
private enum LabelName {
  static let bound = Array("le".utf8)
  static let adapters = Array("running_lora_adapters".utf8)
  static let maximum = Array("max_lora".utf8)
  static let blockSize = Array("block_size".utf8)
  static let blocks = Array("num_gpu_blocks".utf8)
}
