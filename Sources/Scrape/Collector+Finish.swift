extension Collector {
  /// The complete result of the body.
  func finish(_ body: Span<UInt8>) -> Scrape {
    Scrape(engine: part(body, engine), models: models.mapValues { part(body, $0) })
  }

  /// The figures of one part. When several metrics have the same quantity, the first that is present counts.
  private func part(_ body: Span<UInt8>, _ cells: Cells) -> Scrape.Part {
    var part = Scrape.Part()
    for (index, metric) in table.metrics.enumerated().reversed() {
      guard let cell = cells[index], let value = cell.value, value.isFinite else { continue }
      switch metric.kind {
      case .gauge(let gauge): part.gauges[gauge] = value
      case .resource(let name): part.resources[name] = value
      case .counter(let counter): part.counterSeries[counter] = cell.series
      case .rate(let name): part.rateSeries[name] = cell.series
      case .timing(let timing): part.histograms[timing] = histograms(cell)
      case .loraRequests:
        part.gauges[.loraSlotsUsed] = cell.adapters.map { Double(names(labelText(body, $0)).count) }
        part.gauges[.loraSlotsTotal] = cell.maximum.flatMap { decimal(body, $0) }.flatMap {
          $0 >= 0 && $0.isFinite ? $0 : nil
        }
      case .cacheConfig: part.resources["kv_cache_tokens"] = value
      }
    }
    return part
  }

  /// The histograms by series; nil when one is malformed, or when their bounds differ, so that they have no sum.
  private func histograms(_ cell: Cell) -> [UInt64: CumulativeHistogram]? {
    var read: [UInt64: CumulativeHistogram] = [:]
    var bounds: [Double]?
    for (key, buckets) in cell.buckets {
      guard let histogram = CumulativeHistogram(buckets), bounds == nil || bounds == histogram.bounds else {
        return nil
      }
      bounds = histogram.bounds
      read[key] = histogram
    }
    return read
  }

  /// The names of the adapters in a list separated by commas.
  private func names(_ list: String) -> Set<Substring> {
    Set(list.split(separator: ",").map { $0.drop { $0 == " " } }.filter { !$0.isEmpty })
  }
}
