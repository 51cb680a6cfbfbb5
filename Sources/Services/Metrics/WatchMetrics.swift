import Catalog
import Metrics

/// The metrics of watches: the number of open watches, and how far they are behind.
struct WatchMetrics: MetricsSource {
  let slots: WatchSlots
  let catalog: ModelCatalog

  func families() -> [MetricFamily] {
    // The positions are read before the end, so that no position is ahead of it.
    let running = Array(slots.running)
    let positions = running.map { (kind: $0.kind, position: $0.position) }
    let end = catalog.view.history.end
    var watchers = MetricFamily(
      "rollcall_watchers", .gauge,
      help: "Watches that are open, by protocol; health is that of gRPC's health service.")
    var lag = MetricFamily(
      "rollcall_watch_lag_events", .gauge,
      help:
        "Events that the slowest watch has not examined yet, by protocol; it can still get the events that "
        + "rollcall_history_events counts.")
    for kind in WatchSlot.Kind.allCases {
      let own = positions.filter { $0.kind == kind }
      watchers.add(Double(own.count), ["protocol": kind.rawValue])
      // A watch of health reads no history.
      if kind == .health { continue }
      lag.add(Double(end - (own.compactMap(\.position).min() ?? end)), ["protocol": kind.rawValue])
    }
    var resets = MetricFamily(
      "rollcall_watch_resets_total", .counter, help: "Watches that had to begin again with a whole list, by cause.")
    for (cause, count) in slots.counts.byCause { resets.add(Double(count), ["cause": cause.rawValue]) }
    var failures = MetricFamily(
      "rollcall_watch_failures_total", .counter, help: "Watches that were ended because they took too little, by cause."
    )
    for (failure, count) in slots.counts.byFailure { failures.add(Double(count), ["cause": failure.rawValue]) }
    return [watchers, lag, resets, failures]
  }
}
