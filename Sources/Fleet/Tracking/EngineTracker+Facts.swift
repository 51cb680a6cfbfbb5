package import Catalog

/// The step from findings to facts. Each method returns an observation only if something changed.
extension EngineTracker {
  /// Takes a finding with the engine's report; nil when it gave none.
  mutating func answered(
    _ found: Found, _ report: EngineReport?, at wall: Timestamp
  ) -> Observation? {
    guard let report else { return become(found, at: wall) }
    probed = found
    let previousKind = facts?.kind ?? ""
    var version = facts?.version ?? ""
    if let reported = report.version {
      version = reported
      needsVersion = false
    } else if previousKind != report.kind.rawValue {
      version = ""
      needsVersion = true
    }
    let new = renewed(found, version: version, at: wall)
    let known = Dictionary((models ?? []).map { (ByteString($0.modelID), $0) }) { first, _ in first }
    let newModels = unconfirmed.models(of: report, known: models, fall: settings.fall).map {
      $0.dated(after: known[$0.facts.modelID], at: wall).versioned(spec.modelVersion)
        .measured(known[$0.facts.modelID])
    }
    guard new != facts || newModels != models else { return nil }
    facts = new
    models = newModels
    return .engine(new, models: newModels)
  }

  /// Takes a probe that this process could not make. The engine keeps its state whatever time passes, unless this machine
  /// may have no way to it: then READY would mean nothing after a while.
  mutating func missed(_ failure: OwnFailure, at now: Moment, forgetting: Duration) -> Settled {
    let before = state
    let isNews = blindness.missed(failure, forgetting: forgetting)
    var observation: Observation?
    if blindness.isCutOff(failure, for: settings.holdLimit, at: now.up), !isUnreachable {
      observation = become(Found(.unreachable, .noAnswer, "no recent answer"), at: now.wall)
    } else if isNews {
      observation = refresh(at: now.wall)
    }
    return Settled(observation: observation, delay: blindness.delay(settings), change: change(from: before))
  }

  /// The change of the engine's state since it was `before`; nil when it is the same.
  func change(from before: ModelState?) -> StateChange? {
    guard before != state else { return nil }
    let reason = facts?.condition.reason ?? "did not answer for too long"
    return StateChange(engineID: spec.id, from: before, to: state, reason: reason)
  }

  mutating func become(_ found: Found, at wall: Timestamp) -> Observation? {
    probed = found
    return publish(renewed(found, version: facts?.version ?? "", at: wall))
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

  /// Notes the source that no longer names the engine, while its removal is pending; nil: none is pending.
  package mutating func setPendingRemoval(_ source: SourceID?, at wall: Timestamp) -> Observation? {
    guard source != pendingRemoval else { return nil }
    pendingRemoval = source
    return refresh(at: wall)
  }

  /// The first observation of an engine that a source has just named: its stored facts with the source's description,
  /// or the source's hint alone. nil when nothing is known yet.
  mutating func begin(at wall: Timestamp) -> Observation? {
    if facts != nil { return refresh(at: wall) }
    let unknown = Found(.unreachable)
    return spec.shown(unknown.state, unknown.cause).state == .unreachable ? nil : become(unknown, at: wall)
  }

  /// The observation of a description that differs from the stored one; nil when none differs.
  mutating func refresh(at wall: Timestamp) -> Observation? {
    guard let facts, let probed else { return nil }
    return publish(renewed(probed, version: facts.version, at: wall))
  }

  private mutating func publish(_ new: EngineFacts) -> Observation? {
    guard new != facts else { return nil }
    facts = new
    guard models == nil, !spec.models.isEmpty else { return .engineOnly(new) }
    // Until the engine reports its models, the declared models stand for them.
    let declared = spec.models.map { ReplicaFacts(modelID: $0, version: spec.modelVersion) }
    models = declared
    return .engine(new, models: declared)
  }

  /// The facts of a finding, with the source's hint.
  private func renewed(_ found: Found, version: String, at wall: Timestamp) -> EngineFacts {
    let (state, cause, hint) = spec.shown(found.state, found.cause)
    let changedAt = self.facts.map { $0.condition.state == state ? $0.condition.changedAt : wall } ?? wall
    var facts = EngineFacts(
      id: spec.id, endpoint: spec.url.description,
      kind: spec.kind?.rawValue ?? detected?.rawValue ?? self.facts?.kind ?? "",
      version: version, namespace: spec.namespace, cluster: spec.cluster, labels: spec.labels,
      podUID: spec.podUID, condition: Condition(state: state, cause: cause, changedAt: changedAt))
    facts.claims = spec.claims
    facts.setReason(
      ReasonParts(
        finding: found.reason, findingCause: found.cause, hint: hint, trouble: blindness.shown?.text ?? "",
        pendingRemoval: pendingRemoval?.description ?? ""))
    return facts
  }
}

extension ReplicaFacts {
  /// The facts with the length that the model had, where the engine names none while the model is not loaded.
  fileprivate func measured(_ known: ReplicaFacts?) -> ReplicaFacts {
    guard let known, maxModelLen == 0, let state = condition?.state, state != .ready else { return self }
    var facts = self
    facts.maxModelLen = known.maxModelLen
    return facts
  }

  /// The facts with a version, where the model reports none and is no adapter.
  fileprivate func versioned(_ version: String) -> ReplicaFacts {
    guard self.version.isEmpty, kind == .base else { return self }
    var facts = self
    facts.version = version
    return facts
  }
}

extension ReportedModel {
  /// The facts with the model's own state and the time since which it holds.
  fileprivate func dated(after known: ReplicaFacts?, at wall: Timestamp) -> ReplicaFacts {
    var facts = facts
    if let state {
      let old = known?.condition
      let changedAt = old.map { $0.state == state ? $0.changedAt : wall } ?? wall
      facts.condition = Condition(state: state, cause: cause, reason: reason, changedAt: changedAt)
    }
    return facts
  }
}

/// A change of an engine's state, for the log.
package struct StateChange: Hashable, Sendable {
  package var engineID: String
  /// nil: the engine was not known.
  package var from: ModelState?
  /// nil: the engine was forgotten.
  package var to: ModelState?
  package var reason: String
}
