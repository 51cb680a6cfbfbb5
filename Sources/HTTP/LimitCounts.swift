package import Metrics
import Synchronization

/// How often clients met each limit. Any thread may count.
package final class LimitCounts: Sendable {
  private let counts = InlineArray<64, Atomic<Int>> { _ in Atomic(0) }
  /// The limits' values.
  package let limits: Limits

  package init(_ limits: Limits) {
    self.limits = limits
  }

  package func count(_ limit: Limit, times: Int = 1) {
    counts[limit.rawValue].add(times, ordering: .relaxed)
  }

  /// The number of times that a client met a limit.
  package subscript(limit: Limit) -> Int {
    counts[limit.rawValue].load(ordering: .relaxed)
  }
}

extension LimitCounts: MetricsSource {
  package func families() -> [MetricFamily] {
    var values = MetricFamily("rollcall_limit", .gauge, help: "The limits of clients, in the units of the documents.")
    var reached = MetricFamily(
      "rollcall_limit_reached_total", .counter, help: "Times that a client met a limit, by limit.")
    for limit in Limit.allCases {
      values.add(Double(limits[limit]), ["limit": limit.name])
      reached.add(Double(self[limit]), ["limit": limit.name])
    }
    return [values, reached]
  }
}
