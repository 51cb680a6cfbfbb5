package import HTTP
import Synchronization

/// How many watches run at once, of all protocols together at most `limit`.
package final class WatchSlots: Sendable {
  enum Kind: Sendable {
    case grpc
    case sse
  }

  package let limit: Int
  private let grpc = Atomic<Int>(0)
  private let sse = Atomic<Int>(0)
  private let total = Atomic<Int>(0)

  package init(limit: Int = 10_000) {
    self.limit = limit
  }

  /// False when all slots are taken; otherwise `release` gives it back.
  func take(_ kind: Kind) -> Bool {
    guard total.add(1, ordering: .relaxed).newValue <= limit else {
      total.subtract(1, ordering: .relaxed)
      return false
    }
    add(1, to: kind)
    return true
  }

  func release(_ kind: Kind) {
    add(-1, to: kind)
    total.subtract(1, ordering: .relaxed)
  }

  private func add(_ count: Int, to kind: Kind) {
    switch kind {
    case .grpc: grpc.add(count, ordering: .relaxed)
    case .sse: sse.add(count, ordering: .relaxed)
    }
  }
}

extension WatchSlots: MetricsSource {
  package func families() -> [MetricFamily] {
    var family = MetricFamily("rollcall_watchers", .gauge, help: "Watches that are open, by protocol.")
    family.add(Double(grpc.load(ordering: .relaxed)), ["protocol": "grpc"])
    family.add(Double(sse.load(ordering: .relaxed)), ["protocol": "sse"])
    return [family]
  }
}
