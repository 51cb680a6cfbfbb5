/// The buckets of one histogram: for each bound, the number of observations that do not exceed it.
struct CumulativeHistogram: Hashable, Sendable {
  /// The upper bounds, ascending; the last is infinite.
  let bounds: [Double]
  /// The number of observations per bound, each including the counts before it.
  var counts: [Double]

  init(bounds: [Double], counts: [Double]) {
    (self.bounds, self.counts) = (bounds, counts)
  }

  /// A histogram of these buckets; nil when no bucket is infinite, or two have the same bound.
  init?(_ buckets: [(bound: Double, count: Double)]) {
    let sorted = buckets.sorted { $0.bound < $1.bound }
    guard sorted.last?.bound == .infinity, zip(sorted, sorted.dropFirst()).allSatisfy({ $0.bound < $1.bound }) else {
      return nil
    }
    bounds = sorted.map(\.bound)
    counts = sorted.map(\.count)
  }

  /// The larger count of each bound, of two copies with the same bounds. It never falls while no copy does, which the
  /// choice of one copy could not promise.
  func joined(_ copy: CumulativeHistogram) -> CumulativeHistogram {
    CumulativeHistogram(bounds: bounds, counts: zip(counts, copy.counts).map { max($0, $1) })
  }

  /// A quantile as PromQL's `histogram_quantile` computes it: linear between the bounds of a bucket, and the highest
  /// finite bound in the last bucket. nil when there is no observation.
  func quantile(_ share: Double) -> Double? {
    // An exporter that does not read its counts atomically may report a count below the count before it.
    var rising = counts
    for index in rising.indices.dropFirst() { rising[index] = max(rising[index], rising[index - 1]) }
    guard bounds.count > 1, let total = rising.last, total > 0, total.isFinite else { return nil }
    let rank = share * total
    let bucket = rising.firstIndex { $0 >= rank } ?? rising.count - 1
    guard bucket < bounds.count - 1 else { return bounds[bounds.count - 2] }
    let upper = bounds[bucket]
    if bucket == 0, upper <= 0 { return upper }
    let lower = bucket == 0 ? 0 : bounds[bucket - 1]
    let below = bucket == 0 ? 0 : rising[bucket - 1]
    guard rising[bucket] > below else { return upper }
    return lower + (upper - lower) * ((rank - below) / (rising[bucket] - below))
  }
}
