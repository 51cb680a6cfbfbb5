/// One model as derived from its replicas: a value that reads no clock, configuration or reading.
package struct Model: Hashable, Sendable {
  /// Namespace and id: no other model has both.
  package var key: ModelKey
  /// That of the replica with the lowest engine id.
  package var kind: ModelKind
  /// The best state that the replicas make; `.degraded` when one is ready and another is unreachable or failed.
  package var state: ModelState
  /// The owner as the engine with the lowest id tells it; empty when no engine tells one.
  package var ownedBy: String
  /// When Rollcall first saw the model: the same after a restart, and while the model is away.
  package var created: Timestamp
  /// What the engine loads, a path or the name of a repository; empty when no engine tells it.
  package var root: String
  /// Id of the base model of an adapter; empty for other kinds, and when no engine tells it.
  package var parent: String
  /// The version as an engine or its source tells it, such as a digest; empty when neither does.
  package var version: String
  /// Context length in tokens, the smallest of the replicas' (an adapter of unknown length inherits its parent's); 0 is
  /// unknown.
  package var maxModelLen: Int64
  /// Labels by name: those that a client declared, then those of the engines by their ids; the first of a name counts.
  package var labels: [String: String]
  /// How many replicas are ready.
  package var readyReplicas: Int
  /// How many replicas there are, whatever their states; workloads that are scaled to zero do not count.
  package var totalReplicas: Int
  /// The replicas by engine id, at least one. A workload that is scaled to zero is among them and not counted.
  package var replicas: [Replica]
  /// What the replicas disagree on; empty when they agree.
  package var divergences: [Divergence]
  /// Hash of the facts in hexadecimal; a revision or a reading never changes it.
  package var etag: String
  /// Public revision of the model's last change.
  package var revision: Int64

  package init(
    key: ModelKey, kind: ModelKind = .base, state: ModelState, ownedBy: String = "", created: Timestamp,
    root: String = "", parent: String = "", version: String = "", maxModelLen: Int64 = 0,
    labels: [String: String] = [:], readyReplicas: Int = 0, totalReplicas: Int = 0, replicas: [Replica] = [],
    divergences: [Divergence] = [], etag: String = "", revision: Int64 = 0
  ) {
    self.key = key
    self.kind = kind
    self.state = state
    self.ownedBy = ownedBy
    self.created = created
    self.root = root
    self.parent = parent
    self.version = version
    self.maxModelLen = maxModelLen
    self.labels = labels
    self.readyReplicas = readyReplicas
    self.totalReplicas = totalReplicas
    self.replicas = replicas
    self.divergences = divergences
    self.etag = etag
    self.revision = revision
  }

  /// By the bytes of its name: a dictionary alone would also find another spelling of the same accents.
  func label(_ name: String) -> String? {
    guard let index = labels.index(forKey: name) else { return nil }
    let (found, value) = labels[index]
    return sameBytes(found, name) ? value : nil
  }
}

/// One model as served by one engine.
package struct Replica: Hashable, Sendable {
  /// Id of the engine, unique in the fleet.
  package var engineID: String
  /// URL of the engine; empty while it has none: a pod that is not running yet, a workload that is scaled to zero.
  package var endpoint: String
  /// Name of the engine's dialect, such as `vllm`; empty while it is unknown.
  package var engineKind: String
  /// Version of the engine itself; empty when it tells none.
  package var engineVersion: String
  /// The cluster that the engine is of; empty when nothing names one.
  package var cluster: String
  /// The model's own state where a ready engine tells one, else the engine's; with the reason and the time of the change.
  package var condition: Condition
  /// Context length in tokens on this engine; 0 is unknown.
  package var maxModelLen: Int64
  /// What this engine loads; empty when it does not tell.
  package var root: String
  /// The clusters of the Rollcalls that handed the replica on, its origin first; empty when this one asks the engine.
  package var via: [String]

  package init(
    engineID: String, endpoint: String, engineKind: String = "", engineVersion: String = "", cluster: String = "",
    condition: Condition, maxModelLen: Int64 = 0, root: String = "", via: [String] = []
  ) {
    self.engineID = engineID
    self.endpoint = endpoint
    self.engineKind = engineKind
    self.engineVersion = engineVersion
    self.cluster = cluster
    self.condition = condition
    self.maxModelLen = maxModelLen
    self.root = root
    self.via = via
  }
}

/// A field on which the replicas of one model disagree.
package struct Divergence: Hashable, Sendable {
  /// `max_model_len`, `root` or `parent`.
  package var field: String
  /// By value; the engines that hold each, by id.
  package var values: [(value: String, engineIDs: [String])]

  package init(field: String, values: [(value: String, engineIDs: [String])]) {
    self.field = field
    self.values = values
  }

  package static func == (a: Divergence, b: Divergence) -> Bool {
    a.field == b.field && a.values.elementsEqual(b.values, by: ==)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(field)
    for entry in values {
      hasher.combine(entry.value)
      hasher.combine(entry.engineIDs)
    }
  }
}
