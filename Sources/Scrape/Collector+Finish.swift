extension Collector {
  /// The complete result of the body.
  func finish(_ body: Span<UInt8>) -> Scrape {
    Scrape(engine: part(body, engine), models: models.mapValues { part(body, $0) })
  }

  /// The figures of one part. When several metrics have the same quantity, the first that is present counts.
  private func part(_ body: Span<UInt8>, _ cells: Cells) -> Scrape.Part {
    var part = Scrape.Part()
    for (index, metric) in table.metrics.enumerated().reversed() {
      guard let cell = cells[index], !cell.isSpoilt else { continue }
      switch metric.kind {
      case .gauge(let gauge):
        amount(cell, copies: gauge.joinCopies, parts: gauge.join).map { part.gauges[gauge] = $0 }
      case .resource(let name): amount(cell).map { part.resources[name] = $0 }
      case .counter(let counter): series(cell).map { part.counterSeries[counter] = $0 }
      case .rate(let name): series(cell).map { part.rateSeries[name] = $0 }
      case .timing(let timing): part.histograms[timing] = histograms(cell)
      case .loraRequests:
        guard cell.adaptersTime?.isFinite == true else { continue }
        part.gauges[.loraSlotsUsed] = cell.adapters.map { Double(names(labelText(body, $0)).count) }
        part.gauges[.loraSlotsTotal] = cell.maximum.flatMap { decimal(body, $0) }.flatMap {
          $0 >= 0 && $0.isFinite ? $0 : nil
        }
      case .cacheConfig: amount(cell).map { part.resources["kv_cache_tokens"] = $0 }
      }
    }
    return part
  }

  /// The value of a cell; nil when it is unknown.
  private func amount(
    _ cell: Cell, copies: (Double, Double) -> Double = Double.maximum, parts: (Double, Double) -> Double = { $0 + $1 }
  ) -> Double? {
    cell.samples.value(cell.copies, joinedBy: copies, parts: parts).flatMap { $0.isFinite ? $0 : nil }
  }

  /// The series of a counter; nil when their sum is unknown.
  private func series(_ cell: Cell) -> Series? {
    let series = Series(values: cell.copies.merge(cell.samples.series, Double.maximum))
    return !series.values.isEmpty && series.total.isFinite ? series : nil
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
    return cell.copies.merge(read) { $0.joined($1) }
  }

  /// The names of the adapters in a list separated by commas.
  private func names(_ list: String) -> Set<Substring> {
    Set(list.split(separator: ",").map { $0.drop { $0 == " " } }.filter { !$0.isEmpty })
  }
}
