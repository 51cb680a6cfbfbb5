import Catalog
import HTTP

/// What the store was asked for, and how much of the past is held.
struct StoreMetrics: MetricsSource {
  let catalogue: Catalogue

  func families() -> [MetricFamily] {
    let figures = catalogue.storeFigures
    let history = catalogue.view.history
    var commits = MetricFamily("rollcall_store_commits_total", .counter, help: "Transactions of the store, by outcome.")
    commits.add(Double(figures.commits), ["outcome": "ok"])
    commits.add(Double(figures.failedCommits), ["outcome": "failed"])
    return [
      single("rollcall_store_up", .gauge, "1 unless the last write to the store failed.", isUp ? 1 : 0),
      commits,
      single(
        "rollcall_store_commit_seconds_total", .counter, "Time spent on commits, in seconds.", figures.seconds),
      single(
        "rollcall_store_operations_total", .counter, "Puts and deletes that were committed.",
        Double(figures.operations)),
      single(
        "rollcall_history_floor_revision", .gauge, "The oldest revision that can be read or resumed from.",
        Double(history.floor.revision)),
      single(
        "rollcall_history_floor_timestamp_seconds", .gauge, "When that revision was committed, Unix time in seconds.",
        Double(history.floor.time.microseconds) / 1_000_000),
      single(
        "rollcall_history_revisions", .gauge, "Revisions that are held after it.", Double(history.markCount)),
    ]
  }

  private var isUp: Bool { catalogue.storeFailure == nil }

  private func single(_ name: String, _ kind: MetricFamily.Kind, _ help: String, _ value: Double) -> MetricFamily {
    var family = MetricFamily(name, kind, help: help)
    family.add(value)
    return family
  }
}
