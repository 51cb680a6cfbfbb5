package import Catalog

/// How what is known becomes facts. Each returns an observation only if something changed.
extension EngineTracker {
  /// `report`: what it listed, if it did.
  mutating func answered(
    _ state: ModelState, _ reason: String, _ report: EngineReport?, at wall: Timestamp
  ) -> Observation? {
    guard let report else { return become(state, reason, at: wall) }
    probed = state
    let previousKind = facts?.kind ?? ""
    detected = report.kind
    var version = facts?.version ?? ""
    if let told = report.version {
      version = told
      needsVersion = false
    } else if previousKind != report.kind.rawValue {
      version = ""
      needsVersion = true
    }
    self.reason = reason
    let new = renewed(state, version: version, at: wall)
    let known = Dictionary((models ?? []).map { ($0.modelID, $0) }) { first, _ in first }
    let newModels = report.models.map {
      $0.dated(after: known[$0.facts.modelID], at: wall).versioned(spec.modelVersion)
    }
    guard new != facts || newModels != models else { return nil }
    facts = new
    models = newModels
    return .engine(new, models: newModels)
  }

  mutating func become(_ state: ModelState, _ reason: String, at wall: Timestamp) -> Observation? {
    probed = state
    self.reason = reason
    return tell(renewed(state, version: facts?.version ?? "", at: wall))
  }

  /// Takes a new description of the same engine. `isContactNew`: it must be probed anew, at once.
  package mutating func edit(
    _ new: EngineSpec, at wall: Timestamp
  ) -> (observation: Observation?, isContactNew: Bool) {
    let isContactNew = !new.hasSameContact(as: spec)
    let isSameProcess = new.url == spec.url && new.kind == spec.kind
    spec = new
    if isContactNew { startOver(isSameProcess: isSameProcess) }
    return (begin(at: wall), isContactNew)
  }

  /// What the engine's source gives to think of; empty to take it back.
  package mutating func doubt(_ doubt: String, at wall: Timestamp) -> Observation? {
    guard doubt != self.doubt else { return nil }
    self.doubt = doubt
    return retell(at: wall)
  }

  /// What is to be told of an engine that has just been named: the store's word in the source's terms, or the source's
  /// alone. nil when nothing is known yet.
  mutating func begin(at wall: Timestamp) -> Observation? {
    if facts != nil { return retell(at: wall) }
    switch spec.shown(.unreachable).state {
    case .unreachable: return nil
    default: return become(.unreachable, "", at: wall)
    }
  }

  /// What is to be told of a description that differs from the one that is stored.
  mutating func retell(at wall: Timestamp) -> Observation? {
    guard let facts, let probed else { return nil }
    return tell(renewed(probed, version: facts.version, at: wall))
  }

  private mutating func tell(_ new: EngineFacts) -> Observation? {
    guard new != facts else { return nil }
    facts = new
    guard models == nil, !spec.models.isEmpty else { return .engineOnly(new) }
    // Until it tells what it serves, it is known what it is meant to.
    let declared = spec.models.map { ReplicaFacts(modelID: $0, version: spec.modelVersion) }
    models = declared
    return .engine(new, models: declared)
  }

  /// What the probes say, and what its source does: that it ends.
  private func renewed(_ probed: ModelState, version: String, at wall: Timestamp) -> EngineFacts {
    let (state, word) = spec.shown(probed)
    let changedAt = facts.map { $0.condition.state == state ? $0.condition.changedAt : wall } ?? wall
    let reason = [reason, word, doubt].filter { !$0.isEmpty }.joined(separator: "; ")
    return EngineFacts(
      id: spec.id, endpoint: spec.url.description, kind: spec.kind?.rawValue ?? detected?.rawValue ?? facts?.kind ?? "",
      version: version, namespace: spec.namespace, cluster: spec.cluster, labels: spec.labels,
      podUID: spec.podUID, condition: Condition(state: state, reason: reason, changedAt: changedAt))
  }
}

extension ReplicaFacts {
  /// With a version where it tells none and is no adapter.
  fileprivate func versioned(_ version: String) -> ReplicaFacts {
    guard self.version.isEmpty, kind == .base else { return self }
    var facts = self
    facts.version = version
    return facts
  }
}

extension ServedModel {
  /// The facts with the model's own state since when it holds.
  fileprivate func dated(after known: ReplicaFacts?, at wall: Timestamp) -> ReplicaFacts {
    var facts = facts
    if let state {
      let old = known?.condition
      let changedAt = old.map { $0.state == state ? $0.changedAt : wall } ?? wall
      facts.condition = Condition(state: state, reason: reason, changedAt: changedAt)
    }
    return facts
  }
}

/// An engine's state changed, for the log.
package struct StateChange: Hashable, Sendable {
  package var engineID: String
  /// nil: it was not known.
  package var from: ModelState?
  /// nil: it was forgotten.
  package var to: ModelState?
  package var reason: String
}
