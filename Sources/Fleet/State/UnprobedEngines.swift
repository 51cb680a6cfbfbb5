import Catalog

/// Engines that are not probed, because their sources report all of their facts, and the last models of workloads.
struct UnprobedEngines: Sendable {
  struct Entry: Sendable {
    /// The facts as the catalog has them.
    fileprivate(set) var facts: EngineFacts
    fileprivate(set) var models: [ReplicaFacts]
    /// The sources that report it; the first counts.
    fileprivate(set) var sources: [SourceID]
    fileprivate var workload = ""
  }

  /// A change for the catalog and the log.
  struct Change: Sendable {
    var facts: EngineFacts
    var models: [ReplicaFacts]
    /// nil: the engine was not known.
    var before: ModelState?
  }

  private(set) var engines: [String: Entry] = [:]
  /// Ids of engines that no source reports any more, by workload. Each stands in for an engine of its workload until
  /// that engine is probed for the first time, so that a workload which comes back is never without its models.
  private var leaving: [String: Set<String>] = [:]
  /// The last models of each workload.
  private var served: [String: [ReplicaFacts]] = [:]
  /// The workloads that any engine belongs to; the models of others are dropped.
  var workloads: Set<String> = [] {
    didSet { if workloads != oldValue { served = served.filter { workloads.contains($0.key) } } }
  }

  /// Marks engines that no source reports any more as leaving. An engine that is probed from now on is removed at once:
  /// its observation replaces the entry.
  mutating func leave(_ ids: some Sequence<String>, isProbed: (String) -> Bool) {
    for id in ids {
      guard let old = engines[id] else { continue }
      if isProbed(id) {
        _ = remove(id)
      } else {
        leaving[old.workload, default: []].insert(id)
      }
    }
  }

  /// Takes a source's report of an engine. `known`: the stored facts. nil when nothing changed.
  mutating func take(_ claim: FleetClaims.Unprobed, known: KnownEngine?, at wall: Timestamp) -> Change? {
    let id = claim.engine.facts.id
    let old = remove(id) ?? known.map { Entry(facts: $0.facts, models: $0.models, sources: []) }
    let facts = claim.shown(after: old?.facts.condition, at: wall)
    let models = served[claim.engine.workload] ?? claim.engine.models ?? old?.models ?? []
    engines[id] = Entry(facts: facts, models: models, sources: claim.sources, workload: claim.engine.workload)
    guard facts != old?.facts || models != old?.models else { return nil }
    return Change(facts: facts, models: models, before: old?.facts.condition.state)
  }

  /// Hands out the facts of an engine that is probed from now on; nil when there are none.
  mutating func takeOver(_ id: String) -> KnownEngine? {
    remove(id).map { ($0.facts, $0.models) }
  }

  /// Removes the engines that stand in for no engine any more.
  mutating func release(_ isAwaited: (String) -> Bool) -> [(id: String, state: ModelState)] {
    leaving.keys.sorted().flatMap { release($0, isAwaited) }
  }

  /// The same for one workload; at no cost where no engine leaves.
  mutating func release(_ workload: String, _ isAwaited: (String) -> Bool) -> [(id: String, state: ModelState)] {
    guard let ids = leaving[workload], workload.isEmpty || !isAwaited(workload) else { return [] }
    return ids.sorted().compactMap { id in remove(id).map { (id, $0.facts.condition.state) } }
  }

  /// Remembers the models of a workload's engines, so that a workload without engines is not without models.
  mutating func remember(_ models: [ReplicaFacts], of workload: String) {
    guard workloads.contains(workload), !models.isEmpty else { return }
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
  /// The facts without the state on one engine.
  fileprivate var stateless: ReplicaFacts {
    var facts = self
    facts.condition = nil
    return facts
  }
}
