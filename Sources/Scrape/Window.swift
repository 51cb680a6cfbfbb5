/// How much one histogram grew lately: since an older base, which is told of, and since a younger one that replaces it.
struct Window: Hashable, Sendable {
  private var older: Histogram?
  private var younger: Histogram?

  /// The younger base becomes the older one, and the scrape before this one the younger.
  mutating func rotate() {
    older = younger
    younger = nil
  }

  /// Adds what each series grew since before; one with other bounds, or that was not there, begins anew.
  mutating func add(_ now: [UInt64: Histogram], since before: [UInt64: Histogram], isNewProcess: Bool) {
    for (key, histogram) in now {
      if isNewProcess {
        add(histogram)
      } else if let old = before[key], old.bounds == histogram.bounds {
        let hasFallen = zip(histogram.counts, old.counts).contains { $0 < $1 }
        add(hasFallen ? histogram : histogram.minus(old))
      }
    }
  }

  func quantile(_ share: Double) -> Double? {
    older?.quantile(share)
  }

  private mutating func add(_ growth: Histogram) {
    older = older.flatMap { $0.plus(growth) } ?? growth
    younger = younger.flatMap { $0.plus(growth) } ?? growth
  }
}

extension Histogram {
  fileprivate func minus(_ other: Histogram) -> Histogram {
    Histogram(bounds: bounds, counts: zip(counts, other.counts).map { $0 - $1 })
  }

  /// nil when the bounds are others.
  fileprivate func plus(_ other: Histogram) -> Histogram? {
    bounds == other.bounds ? Histogram(bounds: bounds, counts: zip(counts, other.counts).map { $0 + $1 }) : nil
  }
}
