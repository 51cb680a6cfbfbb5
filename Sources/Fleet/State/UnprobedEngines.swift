import Catalog

/// Engines that are not probed, because their sources tell everything of them, and what workloads served last.
struct UnprobedEngines: Sendable {
  struct Entry: Sendable {
    /// As the catalog was told last.
    fileprivate(set) var facts: EngineFacts
    fileprivate(set) var models: [ReplicaFacts]
    /// The sources that tell of it; the first one counts.
    fileprivate(set) var sources: [SourceID]
    fileprivate var workload = ""
  }

  /// A difference for the catalog and the log.
  struct Change: Sendable {
    var facts: EngineFacts
    var models: [ReplicaFacts]
    /// nil: it was not known.
    var before: ModelState?
  }

  private(set) var engines: [String: Entry] = [:]
  /// Ids of those that no source tells of any more, by workload: each stands in for an engine of its workload until that
  /// was asked for the first time, so that a workload which comes back is not without its models in between.
  private var leaving: [String: Set<String>] = [:]
  /// What engines of each workload served last.
  private var served: [String: [ReplicaFacts]] = [:]

  /// Lets go of engines that no source tells of, at once where the engine is probed from now on: its observation says so.
  mutating func keep(only ids: Set<String>, isProbed: (String) -> Bool) {
    for (id, old) in engines where !ids.contains(id) {
      if isProbed(id) {
        _ = remove(id)
      } else {
        leaving[old.workload, default: []].insert(id)
      }
    }
  }

  /// Takes what a source tells of an engine. `known`: what the store knows of it. nil when nothing changed.
  mutating func take(_ claim: FleetClaims.Unprobed, known: KnownEngine?, at wall: Timestamp) -> Change? {
    let id = claim.engine.facts.id
    let old = remove(id) ?? known.map { Entry(facts: $0.facts, models: $0.models, sources: []) }
    let facts = claim.shown(after: old?.facts.condition, at: wall)
    let models = served[claim.engine.workload] ?? claim.engine.models ?? old?.models ?? []
    engines[id] = Entry(facts: facts, models: models, sources: claim.sources, workload: claim.engine.workload)
    guard facts != old?.facts || models != old?.models else { return nil }
    return Change(facts: facts, models: models, before: old?.facts.condition.state)
  }

  /// Hands out what is known of an engine that is probed from now on.
  mutating func takeOver(_ id: String) -> KnownEngine? {
    remove(id).map { ($0.facts, $0.models) }
  }

  /// Takes away the engines that stand in for no engine any more.
  mutating func release(_ isAwaited: (String) -> Bool) -> [(id: String, state: ModelState)] {
    leaving.keys.sorted().flatMap { release($0, isAwaited) }
  }

  /// The same of one workload; at no cost where nothing leaves.
  mutating func release(_ workload: String, _ isAwaited: (String) -> Bool) -> [(id: String, state: ModelState)] {
    guard let ids = leaving[workload], workload.isEmpty || !isAwaited(workload) else { return [] }
    return ids.sorted().compactMap { id in remove(id).map { (id, $0.facts.condition.state) } }
  }

  /// Remembers what the engines of workloads serve, so that a workload without engines is not without models.
  mutating func rememberWorkloads(_ claims: FleetClaims, _ trackers: some Sequence<EngineTracker>) {
    let wanted = Set(claims.unprobed.lazy.map(\.engine.workload)).subtracting([""])
    let named = wanted.union(claims.probed.lazy.map(\.spec.workload))
    served = served.filter { named.contains($0.key) }
    guard !wanted.isEmpty else { return }
    var models: [String: [String: ReplicaFacts]] = [:]
    for tracker in trackers where wanted.contains(tracker.spec.workload) {
      for model in tracker.models ?? [] { models[tracker.spec.workload, default: [:]][model.modelID] = model.stateless }
    }
    for (workload, models) in models {
      served[workload] = models.values.sorted { precedes($0.modelID, $1.modelID) }
    }
  }

  /// Remembers what an engine served that goes.
  mutating func rememberWorkload(of tracker: EngineTracker) {
    let workload = tracker.spec.workload
    guard !workload.isEmpty, let models = tracker.models, !models.isEmpty else { return }
    served[workload] = models.map(\.stateless)
  }

  private mutating func remove(_ id: String) -> Entry? {
    guard let old = engines.removeValue(forKey: id) else { return nil }
    leaving[old.workload]?.remove(id)
    if leaving[old.workload]?.isEmpty == true { leaving[old.workload] = nil }
    return old
  }
}

extension ReplicaFacts {
  /// Without what one engine said of its state.
  fileprivate var stateless: ReplicaFacts {
    var facts = self
    facts.condition = nil
    return facts
  }
}
