/// Puts the samples of one body together.
struct Collector {
  private static let modelLimit = 4_096
  private static let modelIDLimit = 1_024

  private let table: MetricTable
  private var engine = Cells()
  private var models: [String: Cells] = [:]
  /// Of series and buckets together that may still be remembered, whatever a hostile body tells.
  private var room = 32_768

  init(_ table: MetricTable) {
    self.table = table
  }

  /// Reads a line whose name may be the one with this index, or one of those after it.
  mutating func read(_ body: Span<UInt8>, _ line: Range<Int>, firstName: Int, _ reader: inout SampleReader) {
    var nameEnd = line.lowerBound
    while nameEnd < line.upperBound, isNameByte(body[nameEnd]) { nameEnd += 1 }
    var sample: Double?
    var isRead = false
    var index = firstName
    while true {
      let entry = table.entries[index]
      if equal(body, line.lowerBound..<nameEnd, entry.name) {
        if !isRead {
          sample = reader.read(body, nameEnd..<line.upperBound)
          isRead = true
        }
        take(entry, body, reader, sample)
      }
      guard table.names.next[index] != 0 else { return }
      index = Int(table.names.next[index]) - 1
    }
  }

  private mutating func take(_ entry: MetricTable.Entry, _ body: Span<UInt8>, _ reader: SampleReader, _ sample: Double?)
  {
    guard let sample else {
      // It is there, but cannot be read: a sum without it would be wrong.
      engine.add(.nan, table.metrics[entry.metric].kind, entry, body, reader, &room)
      return
    }
    if let label = entry.label {
      guard let place = reader.place(body, label.name), Array(labelText(body, place).utf8) == label.value else {
        return
      }
    }
    engine.add(sample, table.metrics[entry.metric].kind, entry, body, reader, &room)
    guard let modelLabel = entry.modelLabel, let place = reader.place(body, modelLabel), !place.isEmpty,
      place.count <= Self.modelIDLimit
    else { return }
    let model = labelText(body, place)
    guard models[model] != nil || models.count < Self.modelLimit else { return }
    models[model, default: Cells()].add(
      sample, table.metrics[entry.metric].kind, entry, body, reader, &room)
  }

  func finish(_ body: Span<UInt8>) -> Scrape {
    Scrape(engine: part(body, engine), models: models.mapValues { part(body, $0) })
  }

  private func part(_ body: Span<UInt8>, _ cells: Cells) -> Scrape.Part {
    var part = Scrape.Part()
    for (index, metric) in table.metrics.enumerated() {
      guard let cell = cells.byMetric[index], cell.value.isFinite else { continue }
      switch metric.kind {
      case .gauge(let gauge): part.gauges[gauge] = part.gauges[gauge] ?? cell.value
      case .resource(let name): part.resources[name] = part.resources[name] ?? cell.value
      case .counter(let counter): part.counterSeries[counter] = part.counterSeries[counter] ?? cell.series
      case .rate(let name): part.rateSeries[name] = part.rateSeries[name] ?? cell.series
      case .timing(let timing): part.histograms[timing] = part.histograms[timing] ?? histograms(cell)
      case .loraRequests:
        if let running = cell.running {
          let names = labelText(body, running).split(separator: ",").map { $0.trimmed }
          part.gauges[.loraSlotsUsed] = Double(Set(names.filter { !$0.isEmpty }).count)
        }
        if let total = cell.maximum.flatMap({ decimal(body, $0) }), total >= 0, total.isFinite {
          part.gauges[.loraSlotsTotal] = total
        }
      case .cacheConfig: part.resources["kv_cache_tokens"] = cell.value
      }
    }
    return part
  }

  /// nil when one of them is none, or they have other bounds than each other and so no sum.
  private func histograms(_ cell: Cells.Cell) -> [UInt64: Histogram]? {
    var read: [UInt64: Histogram] = [:]
    for (key, buckets) in cell.buckets {
      guard let histogram = Histogram(buckets), read.first.map({ $0.value.bounds == histogram.bounds }) ?? true else {
        return nil
      }
      read[key] = histogram
    }
    return read
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var rest = self
    while rest.first == " " { rest.removeFirst() }
    while rest.last == " " { rest.removeLast() }
    return rest
  }
}
