/// The recent growth of one histogram. It holds the growth since an older base, which it reports, and since a younger
/// base, which replaces the older.
struct Window: Hashable, Sendable {
  private var older: CumulativeHistogram?
  private var younger: CumulativeHistogram?

  /// Replaces the older base with the younger, and the younger with the last scrape.
  mutating func rotate() {
    older = younger
    younger = nil
  }

  /// Adds the growth of each series since the last scrape. A series that was not there before has no growth.
  ///
  /// All series must have the same bounds. When the bounds change, the window starts again.
  mutating func add(
    _ now: [UInt64: CumulativeHistogram], since before: [UInt64: CumulativeHistogram], isNewProcess: Bool
  ) {
    let bounds = now.first?.value.bounds
    if older?.bounds != bounds { older = nil }
    if younger?.bounds != bounds { younger = nil }
    for (key, histogram) in now {
      if isNewProcess {
        add(histogram)
      } else if let old = before[key], old.bounds == histogram.bounds {
        let hasFallen = zip(histogram.counts, old.counts).contains { $0 < $1 }
        add(hasFallen ? histogram : histogram.minus(old))
      }
    }
  }

  /// A quantile of the growth since the older base; nil when it is negative, because a duration cannot be.
  func quantile(_ share: Double) -> Double? {
    older?.quantile(share).flatMap { $0 >= 0 ? $0 : nil }
  }

  private mutating func add(_ growth: CumulativeHistogram) {
    older = older?.plus(growth) ?? growth
    younger = younger?.plus(growth) ?? growth
  }
}

extension CumulativeHistogram {
  fileprivate func minus(_ other: CumulativeHistogram) -> CumulativeHistogram {
    CumulativeHistogram(bounds: bounds, counts: zip(counts, other.counts).map { $0 - $1 })
  }

  fileprivate func plus(_ other: CumulativeHistogram) -> CumulativeHistogram {
    CumulativeHistogram(bounds: bounds, counts: zip(counts, other.counts).map { $0 + $1 })
  }
}
