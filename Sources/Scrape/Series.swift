/// The series of a counter, by the hash of their labels.
struct Series: Hashable, Sendable {
  var values: [UInt64: Double] = [:]

  var total: Double {
    values.values.reduce(0, +)
  }

  /// The growth of all series since an earlier scrape, as PromQL's `increase` computes it; nil when no series was there
  /// before.
  ///
  /// A series that fell has restarted from 0, and in a new process all series have. A new series in the same process
  /// has no growth.
  func growth(since before: Series, isNewProcess: Bool) -> (amount: Double, hasFallen: Bool)? {
    if isNewProcess { return (total, true) }
    var (amount, hasFallen, isKnown) = (0.0, false, false)
    for (key, value) in values {
      guard let old = before.values[key] else { continue }
      isKnown = true
      if value < old { hasFallen = true }
      amount += value < old ? value : value - old
    }
    return isKnown ? (amount, hasFallen) : nil
  }
}
