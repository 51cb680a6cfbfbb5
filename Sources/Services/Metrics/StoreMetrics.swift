import Catalog
import Metrics

/// Metrics of the store's transactions, and of the history.
struct StoreMetrics: MetricsSource {
  let catalog: ModelCatalog

  func families() -> [MetricFamily] {
    let figures = catalog.storeFigures
    let history = catalog.view.history
    var commits = MetricFamily("rollcall_store_commits_total", .counter, help: "Transactions of the store, by outcome.")
    commits.add(Double(figures.commits), ["outcome": "ok"])
    commits.add(Double(figures.failedCommits), ["outcome": "failed"])
    var times = MetricFamily(
      "rollcall_store_commit_duration_seconds", .histogram, help: "Time that transactions of the store took.")
    times.add(Histogram(bounds: StoreFigures.commitBounds, counts: figures.commitCounts, sum: figures.seconds))
    return [
      .single(
        "rollcall_store_up", .gauge, help: "1 unless the last write to the store failed.",
        catalog.storeFailure == nil ? 1 : 0),
      .single(
        "rollcall_store_bypassed", .gauge,
        help: "1 while the list goes on from memory, because the store takes no writes.",
        catalog.storeFailure?.bypassedSince == nil ? 0 : 1),
      commits,
      times,
      .single(
        "rollcall_store_operations_total", .counter, help: "Puts and deletes that were committed.",
        Double(figures.operations)),
      .single(
        "rollcall_store_waiting_writes", .gauge, help: "Callers whose writes are not begun.",
        Double(catalog.waitingWrites)),
      .single(
        "rollcall_history_floor_revision", .gauge, help: "The oldest revision that can be read or resumed from.",
        Double(history.floor.revision)),
      .single(
        "rollcall_history_floor_timestamp_seconds", .gauge,
        help: "When that revision was committed, Unix time in seconds.",
        Double(history.floor.time.microseconds) / 1_000_000),
      .single(
        "rollcall_history_revisions", .gauge, help: "Revisions that are held after it.", Double(history.markCount)),
    ]
  }
}
