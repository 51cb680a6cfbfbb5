internal import Fleet
internal import ServiceLifecycle

/// Has sources tell the fleet what they find, and lets an edited configuration add, change and remove some.
actor RunningSources: Service {
  private struct Running {
    var wanted: ChosenSource.Wanted
    var task: Task<Void, Never>
  }

  private let fleet: FleetMonitor
  /// Until they are started.
  private var first: [ChosenSource]?
  private var running: [SourceID: Running] = [:]
  private var hasEnded = false

  init(_ sources: [ChosenSource], fleet: FleetMonitor) {
    first = sources
    self.fleet = fleet
  }

  /// Until the server drains.
  func run() async {
    for source in first ?? [] { start(source) }
    first = nil
    try? await gracefulShutdown()
    hasEnded = true
    for source in running.values { source.task.cancel() }
    for source in running.values { await source.task.value }
  }

  /// What is asked in the same way goes on undisturbed. What a source claimed that is gone, it claims no more; what one
  /// claimed that is to ask for something else stays until that is answered, and then the answer counts as it is.
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
