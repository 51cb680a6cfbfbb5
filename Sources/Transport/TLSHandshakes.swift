import Metrics
import Synchronization

/// The TLS handshakes of a server, counted by what became of them.
final class TLSHandshakes: Sendable {
  private let underWay = Atomic<Int>(0)
  private let completed = Atomic<Int>(0)
  private let failed = Atomic<Int>(0)

  func began() {
    underWay.add(1, ordering: .relaxed)
  }

  func ended(completed isCompleted: Bool) {
    underWay.subtract(1, ordering: .relaxed)
    if isCompleted { completed.add(1, ordering: .relaxed) } else { failed.add(1, ordering: .relaxed) }
  }

  var families: [MetricFamily] {
    var handshakes = MetricFamily(
      "rollcall_tls_handshakes_total", .counter, help: "TLS handshakes of clients, by what became of them.")
    handshakes.add(Double(completed.load(ordering: .relaxed)), ["outcome": "completed"])
    handshakes.add(Double(failed.load(ordering: .relaxed)), ["outcome": "failed"])
    var open = MetricFamily(
      "rollcall_tls_handshakes_open", .gauge, help: "TLS handshakes of clients that are under way.")
    open.add(Double(underWay.load(ordering: .relaxed)))
    return [handshakes, open]
  }
}
