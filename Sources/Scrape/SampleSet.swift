/// The samples of one metric by series. A metric with one series, as most have, needs no dictionary.
struct SampleSet {
  private var first: (key: UInt64, value: Double)?
  private var others: [UInt64: Double] = [:]

  /// Adds a sample; NaN is an unknown value. The format allows a series once, and of several samples Prometheus takes
  /// the first.
  ///
  /// - Parameter room: how many more series the scrape may store. Returns false when there is none.
  mutating func add(_ value: Double, _ key: SeriesKey, _ room: inout Int) -> Bool {
    guard let first else {
      self.first = (key.series, value)
      return true
    }
    guard first.key != key.series, others[key.series] == nil else { return true }
    room -= 1
    guard room >= 0 else { return false }
    others[key.series] = value
    return true
  }

  /// The samples by series.
  var series: [UInt64: Double] {
    guard let first else { return [:] }
    var series = others
    series[first.key] = first.value
    return series
  }

  /// The value of all parts together; nil when there is no sample.
  ///
  /// - Parameters:
  ///   - join: joins the copies of one part.
  ///   - parts: joins two parts.
  func value(
    _ copies: Copies, joinedBy join: (Double, Double) -> Double, parts: (Double, Double) -> Double
  ) -> Double? {
    if others.isEmpty { return first?.value }
    let values = copies.merge(series, join).values
    return values.dropFirst().reduce(values.first) { sum, value in sum.map { parts($0, value) } }
  }
}

/// The groups of the series that are copies of each other. Other series take no room here.
struct Copies {
  private var groups: [UInt64: UInt64] = [:]

  mutating func note(_ key: SeriesKey) {
    if key.isCopy { groups[key.series] = key.group }
  }

  /// Joins the values of each group.
  func merge<Value>(_ series: [UInt64: Value], _ join: (Value, Value) -> Value) -> [UInt64: Value] {
    if groups.isEmpty { return series }
    var merged: [UInt64: Value] = [:]
    for (key, value) in series {
      let group = groups[key] ?? key
      merged[group] = merged[group].map { join($0, value) } ?? value
    }
    return merged
  }
}
