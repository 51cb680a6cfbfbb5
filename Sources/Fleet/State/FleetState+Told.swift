import Catalog

/// Engines that are not probed, because their sources tell everything of them.
extension FleetState {
  struct ToldMember: Sendable {
    /// As the catalog was told last.
    var facts: EngineFacts
    var models: [ReplicaFacts]
    /// Who tells of it; the first one is who counts.
    var sources: [String]
    var workload = ""
    /// Nobody tells of it any more: it stands in for an engine of its workload until that was asked for the first time.
    var isLeaving = false
  }

  /// Makes the told engines those that the sources tell of.
  mutating func retell(_ claims: [FleetClaims.Told], at wall: Timestamp) {
    let ids = Set(claims.lazy.map(\.engine.facts.id))
    for (id, old) in told where !ids.contains(id) {
      told[id] = nil
      // Where it is probed from now on, its observation says so.
      guard members[id] == nil else { continue }
      told[id] = old
      told[id]?.isLeaving = true
    }
    for claim in claims { tell(claim, at: wall) }
    letGo()
  }

  /// Forgets those of whom nobody tells any more, but for whoever stands in for an engine of which nothing is known yet:
  /// a workload that comes back is not without its models in between.
  mutating func letGo() {
    for (id, old) in told where old.isLeaving {
      let isAwaited =
        !old.workload.isEmpty
        && members.contains { _, member in
          member.tracker.spec.workload == old.workload && member.tracker.facts == nil && !member.tracker.isSilent
        }
      guard !isAwaited else { continue }
      told[id] = nil
      queue.push(.forgotten(engineID: id))
      noteChange(id, from: old.facts.condition.state, to: nil, reason: Self.unnamed)
    }
  }

  private mutating func tell(_ claim: FleetClaims.Told, at wall: Timestamp) {
    let id = claim.engine.facts.id
    let known = remembered.removeValue(forKey: id)
    strays.remove(id)
    let old = told[id] ?? known.map { ToldMember(facts: $0.facts, models: $0.models, sources: []) }
    let facts = shown(claim, after: old?.facts, at: wall)
    let models = workloads[claim.engine.workload] ?? claim.engine.models ?? old?.models ?? []
    told[id] = ToldMember(
      facts: facts, models: models, sources: claim.sources, workload: claim.engine.workload)
    guard facts != old?.facts || models != old?.models else { return }
    queue.push(.engine(facts, models: models))
    let before = old?.facts.condition.state
    guard before != facts.condition.state else { return }
    noteChange(id, from: before, to: facts.condition.state, reason: facts.condition.reason)
  }

  /// What another Rollcall told is last known when that cannot be asked.
  private func shown(_ claim: FleetClaims.Told, after old: EngineFacts?, at wall: Timestamp) -> EngineFacts {
    var facts = claim.engine.facts
    if let silence = claim.silence, !facts.via.isEmpty {
      facts.condition.state = .unreachable
      facts.condition.reason = Self.cutOff(claim.sources[0], silence)
      facts.condition.changedAt = wall
    }
    if !claim.doubt.isEmpty {
      facts.condition.reason = [facts.condition.reason, claim.doubt].filter { !$0.isEmpty }.joined(separator: "; ")
    }
    if let old = old?.condition, old.state == facts.condition.state { facts.condition.changedAt = old.changedAt }
    return facts
  }

  /// What the store has of a peer that has not been heard since the start is last known too.
  mutating func doubtRemembered(_ source: String, _ reason: String, at wall: Timestamp) {
    for (id, known) in remembered where known.facts.via.last.map({ Self.peer + $0 }) == source {
      let old = known.facts.condition
      guard old.state != .unreachable else { continue }
      var facts = known.facts
      facts.condition = Condition(state: .unreachable, reason: Self.cutOff(source, reason), changedAt: wall)
      remembered[id] = (facts, known.models)
      queue.push(.engineOnly(facts))
      noteChange(id, from: old.state, to: .unreachable, reason: facts.condition.reason)
    }
  }

  /// What was told of an engine is known of it when it is probed from now on.
  mutating func takeOver(_ id: String) {
    guard let old = told.removeValue(forKey: id) else { return }
    remembered[id] = (old.facts, old.models)
  }

  /// Remembers what the engines of workloads serve, so that a workload without engines is not without models.
  mutating func rememberWorkloads(_ claims: FleetClaims) {
    let named = Set(claims.probed.lazy.map(\.spec.workload)).union(claims.told.lazy.map(\.engine.workload))
    let wanted = claims.told.map(\.engine.workload)
    workloads = workloads.filter { named.contains($0.key) }
    for workload in Set(wanted) where !workload.isEmpty {
      var models: [String: ReplicaFacts] = [:]
      for (_, member) in members where member.tracker.spec.workload == workload {
        for model in member.tracker.models ?? [] { models[model.modelID] = model.asleep }
      }
      guard !models.isEmpty else { continue }
      workloads[workload] = models.values.sorted { precedes($0.modelID, $1.modelID) }
    }
  }

  /// To be called before an engine's member goes.
  mutating func rememberWorkload(of tracker: EngineTracker) {
    let workload = tracker.spec.workload
    guard !workload.isEmpty, let models = tracker.models, !models.isEmpty else { return }
    workloads[workload] = models.map(\.asleep)
  }

  private static func cutOff(_ source: String, _ reason: String) -> String {
    "\(source.replacing("/", with: " ", maxReplacements: 1)) does not answer: \(reason)"
  }
}

extension ReplicaFacts {
  /// Without what one engine said of its state.
  fileprivate var asleep: ReplicaFacts {
    var facts = self
    facts.condition = nil
    return facts
  }
}
