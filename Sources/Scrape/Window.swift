/// How much one histogram grew lately: since an older base, which is reported, and since a younger one that replaces it.
struct Window: Hashable, Sendable {
  private var older: CumulativeHistogram?
  private var younger: CumulativeHistogram?

  /// The younger base becomes the older one, and the scrape before this one the younger.
  mutating func rotate() {
    older = younger
    younger = nil
  }

  /// Adds what each series grew since before; one that was not there has not grown.
  ///
  /// All have the same bounds. When these are others than before, the whole begins anew.
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

  /// Bounds below zero make no duration.
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
