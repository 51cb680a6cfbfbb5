internal import Fleet
internal import ServiceLifecycle

/// Runs the sources, and lets an edited configuration add, change and remove sources.
actor RunningSources: Service {
  private struct Running {
    var wanted: ChosenSource.Wanted
    var task: Task<Void, Never>
  }

  private let fleet: FleetMonitor
  /// The sources that `run` is to start; nil once they run.
  private var first: [ChosenSource]?
  private var running: [SourceID: Running] = [:]
  private var hasEnded = false

  init(_ sources: [ChosenSource], fleet: FleetMonitor) {
    first = sources
    self.fleet = fleet
  }

  /// Runs the sources until the server drains.
  func run() async {
    for source in first ?? [] { start(source) }
    first = nil
    try? await gracefulShutdown()
    hasEnded = true
    for source in running.values { source.task.cancel() }
    for source in running.values { await source.task.value }
  }

  /// Replaces the sources; a source with unchanged settings runs on undisturbed. The claims of a removed source end.
  /// The claims of a changed source stay until its first answer, which then counts as it is.
  func replace(with sources: [ChosenSource]) async {
    guard !hasEnded else { return }
    let new = Dictionary(sources.map { ($0.source.id, $0) }) { $1 }
    if let first {
      for old in first where new[old.source.id] == nil { fleet.drop(source: old.source.id) }
      self.first = sources
      return
    }
    for (id, old) in running where new[id]?.wanted != old.wanted {
      running[id] = nil
      old.task.cancel()
      await old.task.value
      if new[id] == nil { fleet.drop(source: id) } else { fleet.expectChange(of: id) }
    }
    guard !hasEnded else { return }
    for source in sources where running[source.source.id] == nil { start(source) }
  }

  private func start(_ chosen: ChosenSource) {
    let fleet = fleet
    running[chosen.source.id] = Running(wanted: chosen.wanted, task: Task { await chosen.source.run(fleet) })
  }
}
