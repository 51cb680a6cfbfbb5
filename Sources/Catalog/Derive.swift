/// The version of the rules that `derive` follows. It grows with every change that makes other models of the same
/// facts. A new version begins a new revision, and a client that resumes from before it gets RESET.
package let deriveVersion = 2

/// The facts of one engine that serves a model, as input of `derive`.
package struct ReplicaInput: Sendable {
  /// The facts of the engine.
  package var engine: EngineFacts
  /// The facts of the model on that engine.
  package var replica: ReplicaFacts
  /// The context length of the replica's parent on the same engine, in tokens; 0 means unknown.
  package var parentMaxModelLen: Int64

  package init(engine: EngineFacts, replica: ReplicaFacts, parentMaxModelLen: Int64 = 0) {
    self.engine = engine
    self.replica = replica
    self.parentMaxModelLen = parentMaxModelLen
  }

  /// The replica's own condition when it has one and its engine is READY, else the engine's. While an engine does not
  /// answer, its replicas' own conditions are out of date.
  var condition: Condition {
    // Models have no cause: a change of the cause alone is no event.
    var condition = effectiveCondition
    condition.cause = .none
    return condition
  }

  private var effectiveCondition: Condition {
    if engine.condition.state == .ready, let own = replica.condition { own } else { engine.condition }
  }

  /// The context length in tokens; 0 means unknown. An adapter of unknown length inherits its parent's on the same
  /// engine.
  var maxModelLen: Int64 {
    replica.maxModelLen == 0 && replica.kind == .adapter ? parentMaxModelLen : replica.maxModelLen
  }
}

/// The model that these engines serve; nil when there are none. A pure function: the same facts make the same model in
/// every process. It leaves `revision` at 0.
///
/// `maxModelLen` is the smallest known value. Each other scalar comes from the lowest engine id that has a value that
/// is not empty. Declared labels come first, then by engine id those of each engine and of its replica; the first label
/// of a name counts. A workload that is scaled to zero does not count as a replica.
package func derive(
  _ key: ModelKey, served: [ReplicaInput], created: Timestamp, declared: [String: String] = [:]
) -> Model? {
  let served = served.sorted { precedes($0.engine.id, $1.engine.id) }
  guard let first = served.first else { return nil }
  func lowest(_ field: (ReplicaFacts) -> String) -> String {
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
    key: key, kind: first.replica.kind, state: mergedState(of: states), ownedBy: lowest { $0.ownedBy },
    created: created,
    root: lowest { $0.root }, parent: first.replica.kind == .adapter ? lowest { $0.parent } : "",
    version: lowest { $0.version },
    maxModelLen: served.map(\.maxModelLen).filter { $0 > 0 }.min() ?? 0, labels: labels,
    readyReplicas: states.count { $0 == .ready }, totalReplicas: served.count { !$0.engine.isScaledToZero },
    replicas: served.map(Replica.init), divergences: divergences(of: served))
  model.etag = model.contentHash.hex
  return model
}

/// The merged state of a model from its replicas' states, of which there is at least one.
///
/// With a READY replica the model is READY, or DEGRADED when another is UNREACHABLE or FAILED. A replica that starts
/// (LOADING), leaves (DRAINING) or sleeps by intent (COLD) is no fault. Without a READY replica the model has the best
/// state in the order LOADING, COLD, DRAINING, UNREACHABLE, FAILED: the sooner a client can use it, the better.
func mergedState(of states: [ModelState]) -> ModelState {
  guard states.contains(.ready) else {
    let order: [ModelState] = [.loading, .cold, .draining, .unreachable]
    return order.first(where: states.contains) ?? .failed
  }
  return states.contains(.unreachable) || states.contains(.failed) ? .degraded : .ready
}

extension Replica {
  init(_ served: ReplicaInput) {
    self.init(
      engineID: served.engine.id, endpoint: served.engine.endpoint, engineKind: served.engine.kind,
      engineVersion: served.engine.version, cluster: served.engine.cluster, condition: served.condition,
      maxModelLen: served.maxModelLen, root: served.replica.root, via: served.engine.via)
  }
}

/// The fields on which the replicas of a model disagree: context length, root and parent. A replica without a value
/// does not count. `served` is ordered by engine id.
func divergences(of served: [ReplicaInput]) -> [Divergence] {
  guard served.count > 1 else { return [] }
  var found: [Divergence] = []
  let lengths = served.filter { $0.maxModelLen > 0 }
  if let first = lengths.first, lengths.contains(where: { $0.maxModelLen != first.maxModelLen }) {
    let holders = Dictionary(grouping: lengths, by: \.maxModelLen).sorted { $0.key < $1.key }
    found.append(
      Divergence(field: "max_model_len", values: holders.map { (String($0.key), $0.value.map(\.engine.id)) }))
  }
  if let root = divergence("root", of: served, by: \.root) { found.append(root) }
  if let parent = divergence("parent", of: served, by: \.parent) { found.append(parent) }
  return found
}

private func divergence(
  _ name: String, of served: [ReplicaInput], by field: KeyPath<ReplicaFacts, String>
) -> Divergence? {
  let reporting = served.filter { !$0.replica[keyPath: field].isEmpty }
  guard let first = reporting.first?.replica[keyPath: field],
    reporting.contains(where: { !sameBytes($0.replica[keyPath: field], first) })
  else { return nil }
  let holders = Dictionary(grouping: reporting) { ByteString($0.replica[keyPath: field]) }.sorted { $0.key < $1.key }
  return Divergence(field: name, values: holders.map { ($0.key.text, $0.value.map(\.engine.id)) })
}
