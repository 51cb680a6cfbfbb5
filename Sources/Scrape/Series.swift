/// The series of a counter, each by the hash of its labels.
struct Series: Hashable, Sendable {
  var values: [UInt64: Double] = [:]

  var total: Double {
    values.values.reduce(0, +)
  }

  /// How much they grew since before, as PromQL's `increase` counts; nil when none of them was there.
  ///
  /// One that fell began anew, and all of a new process' did; one that was not there before has no growth.
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
