/// Which rules `derive` follows: grows with every change that makes other models of the same facts. A new version
/// begins a new revision, and resuming from before it is RESET.
package let deriveVersion = 2

/// One engine's word on a model.
package struct ServedModel: Sendable {
  package var engine: EngineFacts
  package var replica: ReplicaFacts
  /// The length that the same engine tells of the replica's parent; 0 when it tells none.
  package var parentMaxModelLen: Int64

  package init(engine: EngineFacts, replica: ReplicaFacts, parentMaxModelLen: Int64 = 0) {
    self.engine = engine
    self.replica = replica
    self.parentMaxModelLen = parentMaxModelLen
  }

  /// The replica's own condition when it is told and its engine is READY, else the engine's: what an engine that does
  /// not answer said of its models is old.
  var condition: Condition {
    // Causes are no part of models: a cause alone that changes is no event.
    var condition = toldCondition
    condition.cause = .none
    return condition
  }

  private var toldCondition: Condition {
    if engine.condition.state == .ready, let own = replica.condition { own } else { engine.condition }
  }

  /// An adapter that tells none inherits its parent's on the same engine; 0 is unknown.
  var maxModelLen: Int64 {
    replica.maxModelLen == 0 && replica.kind == .adapter ? parentMaxModelLen : replica.maxModelLen
  }
}

/// The model that these engines serve; nil when there are none. A pure function: the same facts make the same model
/// in every process. `revision` is left 0.
///
/// `maxModelLen` is the smallest that is known; of the other scalars the lowest engine id that tells one (is not
/// empty) decides; labels are merged: those that were declared, then by engine id those of each engine and of the model
/// there, of which the first counts. Workloads that are scaled to zero are no replicas that count.
package func derive(
  _ key: ModelKey, served: [ServedModel], created: Timestamp, declared: [String: String] = [:]
) -> Model? {
  let served = served.sorted { precedes($0.engine.id, $1.engine.id) }
  guard let first = served.first else { return nil }
  func told(_ field: (ReplicaFacts) -> String) -> String {
    for one in served {
      let text = field(one.replica)
      if !text.isEmpty { return text }
    }
    return ""
  }
  var labels = declared
  for one in served {
    labels.merge(one.engine.labels) { kept, _ in kept }
    labels.merge(one.replica.labels) { kept, _ in kept }
  }
  let states = served.map(\.condition.state)
  var model = Model(
    key: key, kind: first.replica.kind, state: mergedState(of: states), ownedBy: told { $0.ownedBy }, created: created,
    root: told { $0.root }, parent: first.replica.kind == .adapter ? told { $0.parent } : "",
    version: told { $0.version },
    maxModelLen: served.map(\.maxModelLen).filter { $0 > 0 }.min() ?? 0, labels: labels,
    readyReplicas: states.count { $0 == .ready }, totalReplicas: served.count { !$0.engine.isScaledToZero },
    replicas: served.map(Replica.init), divergences: divergences(of: served))
  model.etag = model.contentHash.hex
  return model
}

/// The state of a model whose replicas are in these states; there is at least one.
///
/// With a READY one it is READY, or DEGRADED when another is UNREACHABLE or FAILED: those that start (LOADING), leave
/// (DRAINING) or sleep by intent (COLD) are no fault. With none READY it is the best of LOADING, COLD, DRAINING,
/// UNREACHABLE, FAILED in this order: the sooner it can be used, the better.
func mergedState(of states: [ModelState]) -> ModelState {
  guard states.contains(.ready) else {
    let order: [ModelState] = [.loading, .cold, .draining, .unreachable]
    return order.first(where: states.contains) ?? .failed
  }
  return states.contains(.unreachable) || states.contains(.failed) ? .degraded : .ready
}

extension Replica {
  init(_ served: ServedModel) {
    self.init(
      engineID: served.engine.id, endpoint: served.engine.endpoint, engineKind: served.engine.kind,
      engineVersion: served.engine.version, cluster: served.engine.cluster, condition: served.condition,
      maxModelLen: served.maxModelLen, root: served.replica.root, via: served.engine.via)
  }
}
