import Catalog
import Metrics

/// The metrics of the catalog's models and engines, and the program's version.
struct CatalogMetrics: MetricsSource {
  let environment: ServiceEnvironment

  func families() -> [MetricFamily] {
    let view = environment.catalog.view
    let (byState, byKind) = environment.catalog.engineCounts
    var build = MetricFamily("rollcall_build_info", .gauge, help: "1, with the version of the program.")
    build.add(1, ["version": environment.version])
    return [
      build,
      .single(
        "rollcall_ready", .gauge, help: "1 when the list is complete and nothing drains.",
        environment.isServing ? 1 : 0),
      states("rollcall_models", "Models by state.", view.snapshot.countsByState),
      kinds("rollcall_models_by_kind", "Models by kind.", view.snapshot.countsByKind),
      states("rollcall_engines", "Engines by state.", byState),
      kinds("rollcall_engines_by_kind", "Engines by kind; \"other\" while it is not known.", byKind),
      .single("rollcall_revision", .gauge, help: "The revision of the last change.", Double(view.head)),
      .single(
        "rollcall_history_events", .gauge, help: "Events that watches can resume from.", Double(view.history.count)),
      .single(
        "rollcall_history_bytes", .gauge, help: "Bytes that these events hold, roughly.",
        Double(view.history.byteCount)),
    ]
  }

  /// A series for every state, also for a count of 0, so that no series comes and goes.
  private func states(_ name: String, _ help: String, _ counts: StateCounts) -> MetricFamily {
    var family = MetricFamily(name, .gauge, help: help)
    for state in ModelState.allCases { family.add(Double(counts[state]), ["state": state.name]) }
    return family
  }

  private func kinds(_ name: String, _ help: String, _ counts: KindCounts) -> MetricFamily {
    var family = MetricFamily(name, .gauge, help: help)
    for kind in ModelKind.allCases { family.add(Double(counts[kind]), ["kind": kind.name]) }
    return family
  }

  /// Only kinds that the program knows have their own series.
  private func kinds(_ name: String, _ help: String, _ counts: [String: Int]) -> MetricFamily {
    var family = MetricFamily(name, .gauge, help: help)
    var rest = counts
    for kind in environment.engineKinds {
      family.add(Double(rest.removeValue(forKey: kind) ?? 0), ["kind": kind])
    }
    family.add(Double(rest.values.reduce(0, +)), ["kind": "other"])
    return family
  }
}
