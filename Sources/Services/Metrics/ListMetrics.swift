import Catalog
import Metrics
import Synchronization

/// The metrics of lists: of lists that the server keeps for their next pages, and of compressed lists.
struct ListMetrics: MetricsSource {
  let environment: ServiceEnvironment

  func families() -> [MetricFamily] {
    let lists = environment.catalog.listFigures
    let outcomes = environment.caches.compressedBodies.outcomes
    let bodies = environment.caches.compressedBodies.figures
    var compressions = MetricFamily(
      "rollcall_compressions_total", .counter, help: "Compressions of lists, by outcome.")
    compressions.add(Double(outcomes.made), ["outcome": "kept"])
    compressions.add(Double(outcomes.tooLarge), ["outcome": "too_large"])
    return [
      .single("rollcall_lists_kept", .gauge, help: "Lists that are kept for their next pages.", Double(lists.kept)),
      .single(
        "rollcall_snapshots_held", .gauge, help: "Revisions that are held for the next pages of their lists.",
        Double(lists.snapshots)),
      .single(
        "rollcall_lists_waiting", .gauge, help: "Lists that take time: in the making, or in line.",
        Double(lists.waiting)),
      .single(
        "rollcall_page_tokens_expired_total", .counter,
        help: "Requests for pages whose revision the server no longer knew.",
        Double(environment.expiredTokens.count)),
      compressions,
      .single(
        "rollcall_compressed_answers_total", .counter, help: "Answers that were sent compressed.", Double(bodies.hits)),
      .single(
        "rollcall_compressed_bodies", .gauge, help: "Compressed lists that are kept.", Double(bodies.count)),
      .single(
        "rollcall_compressed_bytes", .gauge, help: "Bytes that these take.", Double(bodies.cost)),
    ]
  }
}

/// A counter that any thread may increment.
package final class AtomicCount: Sendable {
  private let atomic = Atomic<Int>(0)

  package init() {}

  var count: Int { atomic.load(ordering: .relaxed) }

  func increase() {
    atomic.add(1, ordering: .relaxed)
  }
}
