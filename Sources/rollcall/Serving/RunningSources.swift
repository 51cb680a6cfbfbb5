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
  private var running: [String: Running] = [:]
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
    let new = Dictionary(sources.map { ($0.source.name, $0) }) { $1 }
    if let first {
      for old in first where new[old.source.name] == nil { fleet.drop(source: old.source.name) }
      self.first = sources
      return
    }
    for (name, old) in running where new[name]?.wanted != old.wanted {
      running[name] = nil
      old.task.cancel()
      await old.task.value
      if new[name] == nil { fleet.drop(source: name) } else { fleet.expectChange(of: name) }
    }
    guard !hasEnded else { return }
    for source in sources where running[source.source.name] == nil { start(source) }
  }

  private func start(_ chosen: ChosenSource) {
    let fleet = fleet
    running[chosen.source.name] = Running(wanted: chosen.wanted, task: Task { await chosen.source.run(fleet) })
  }
}
