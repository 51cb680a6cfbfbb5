/// Observed numbers, counted by bucket.
package struct Histogram: Hashable, Sendable {
  /// The upper bounds of all buckets but the last, which has none; ascending.
  package let bounds: [Double]
  /// The number of observations in each bucket.
  package private(set) var counts: [Int]
  package private(set) var sum = 0.0

  package init(bounds: [Double]) {
    self.bounds = bounds
    counts = Array(repeating: 0, count: bounds.count + 1)
  }

  /// A histogram from counts that another object kept: a count per bucket, and the sum of all observations.
  package init(bounds: [Double], counts: [Int], sum: Double) {
    precondition(counts.count == bounds.count + 1, "each bucket has a count")
    self.bounds = bounds
    self.counts = counts
    self.sum = sum
  }

  package mutating func add(_ number: Double) {
    counts[bounds.firstIndex { number <= $0 } ?? bounds.count] += 1
    sum += number
  }

  /// Adds the counts of another histogram with the same buckets.
  package mutating func add(_ other: Histogram) {
    for (index, count) in other.counts.enumerated() { counts[index] += count }
    sum += other.sum
  }
}
