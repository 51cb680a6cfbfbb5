import Dispatch
import Synchronization

/// Durations, counted by any thread without a lock. Counting costs two atomic additions.
package final class LatencyHistogram: Sendable {
  /// The upper bounds of all buckets but the last, in nanoseconds: from 10 µs to 2.5 s.
  private static let bounds = [
    10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000,
    100_000_000, 500_000_000, 2_500_000_000,
  ]

  private let counts = InlineArray<15, Atomic<Int>> { _ in Atomic(0) }
  private let nanoseconds = Atomic<Int>(0)

  package init() {}

  /// A monotonic clock in nanoseconds with any origin; it costs half as much as `ContinuousClock`.
  package static var now: Int { Int(DispatchTime.now().uptimeNanoseconds) }

  /// Counts the time since `start`, a reading of `now`.
  package func add(since start: Int) {
    add(Self.now - start)
  }

  func add(_ took: Int) {
    counts[Self.bounds.firstIndex { took <= $0 } ?? Self.bounds.count].add(1, ordering: .relaxed)
    nanoseconds.add(took, ordering: .relaxed)
  }

  /// The counts so far, in seconds.
  package var histogram: Histogram {
    Histogram(
      bounds: Self.bounds.map { Double($0) / 1e9 },
      counts: counts.indices.map { counts[$0].load(ordering: .relaxed) },
      sum: Double(nanoseconds.load(ordering: .relaxed)) / 1e9)
  }
}
