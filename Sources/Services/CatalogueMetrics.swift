import Catalog
import HTTP

/// What the catalogue holds, and which program holds it.
struct CatalogueMetrics: MetricsSource {
  let environment: ServiceEnvironment

  func families() -> [MetricFamily] {
    let view = environment.catalogue.view
    var build = MetricFamily("rollcall_build_info", .gauge, help: "1, with the version of the program.")
    build.add(1, ["version": environment.version])
    return [
      build,
      gauge("rollcall_ready", "1 when the list is complete and nothing drains.", environment.isServing ? 1 : 0),
      byState("rollcall_models", "Models by state.", view.snapshot.countsByState),
      byState("rollcall_engines", "Engines by state.", environment.catalogue.engineCountsByState),
      gauge("rollcall_revision", "The revision of the last change.", Double(view.head)),
      gauge("rollcall_history_events", "Events that watches can resume from.", Double(view.history.count)),
      gauge("rollcall_history_bytes", "Bytes that these events hold, roughly.", Double(view.history.byteCount)),
    ]
  }

  private func gauge(_ name: String, _ help: String, _ value: Double) -> MetricFamily {
    var family = MetricFamily(name, .gauge, help: help)
    family.add(value)
    return family
  }

  /// Every state is there, also with 0, so that a series does not come and go.
  private func byState(_ name: String, _ help: String, _ counts: StateCounts) -> MetricFamily {
    var family = MetricFamily(name, .gauge, help: help)
    for state in ModelState.allCases { family.add(Double(counts[state]), ["state": state.name]) }
    return family
  }
}
