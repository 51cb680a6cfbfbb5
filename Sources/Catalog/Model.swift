/// One model as derived from its replicas: a value that depends on no clock, configuration or reading.
package struct Model: Hashable, Sendable {
  /// Namespace and id, which identify the model.
  package var key: ModelKey
  /// The kind according to the replica with the lowest engine id.
  package var kind: ModelKind
  /// The state that results from the replicas'; `.degraded` when one is ready and another is unreachable or has failed.
  package var state: ModelState
  /// The owner, as the engine with the lowest id reports it; empty when no engine reports an owner.
  package var ownedBy: String
  /// When Rollcall first saw the model. It stays the same after a restart, and while the model is absent.
  package var created: Timestamp
  /// The path or repository that the engine loads; empty when no engine reports it.
  package var root: String
  /// The id of an adapter's base model; empty for other kinds, and when no engine reports it.
  package var parent: String
  /// The version as an engine or its source reports it, such as a digest; empty when neither reports a version.
  package var version: String
  /// Context length in tokens, the smallest of the replicas'; 0 means unknown. An adapter of unknown length inherits
  /// its parent's.
  package var maxModelLen: Int64
  /// Labels by name. Declared labels come first, then the engines' labels by engine id; the first of a name counts.
  package var labels: [String: String]
  /// The number of ready replicas.
  package var readyReplicas: Int
  /// The number of replicas in any state, without workloads that are scaled to zero.
  package var totalReplicas: Int
  /// The replicas by engine id, at least one. A workload that is scaled to zero is in the list, but it is not counted.
  package var replicas: [Replica]
  /// The fields on which the replicas disagree; empty when they agree.
  package var divergences: [Divergence]
  /// Hash of the facts in hexadecimal; it depends on neither a revision nor a reading.
  package var etag: String
  /// The public revision of the model's last change.
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

  /// The value of a label. It compares the bytes of names, because a dictionary also finds another spelling of the same
  /// accents.
  func label(_ name: String) -> String? {
    guard let index = labels.index(forKey: name) else { return nil }
    let (found, value) = labels[index]
    return sameBytes(found, name) ? value : nil
  }
}

/// One model as served by one engine.
package struct Replica: Hashable, Sendable {
  /// The engine's id, unique in the fleet.
  package var engineID: String
  /// The engine's URL. Empty while it has none: its pod does not run yet, or its workload is scaled to zero.
  package var endpoint: String
  /// The engine's dialect, such as `vllm`; empty means unknown.
  package var engineKind: String
  /// The engine's own version; empty when it reports none.
  package var engineVersion: String
  /// The cluster that the engine belongs to; empty when nothing names a cluster.
  package var cluster: String
  /// The model's own condition where a ready engine reports one, else the engine's; with its reason and start time.
  package var condition: Condition
  /// Context length in tokens on this engine; 0 means unknown.
  package var maxModelLen: Int64
  /// The path or repository that this engine loads; empty when the engine does not report it.
  package var root: String
  /// The clusters of the Rollcalls that handed the replica on, its origin first; empty when this Rollcall probes the
  /// engine.
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
  /// The field's name: `max_model_len`, `root` or `parent`.
  package var field: String
  /// The values in order, each with the ids of the engines that report it, in order.
  package var values: [(value: String, engineIDs: [String])]

  package init(field: String, values: [(value: String, engineIDs: [String])]) {
    self.field = field
    self.values = values
  }

  package static func == (a: Divergence, b: Divergence) -> Bool {
    sameBytes(a.field, b.field)
      && a.values.elementsEqual(b.values) { sameBytes($0.value, $1.value) && sameBytes($0.engineIDs, $1.engineIDs) }
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(field)
    for entry in values {
      hasher.combine(entry.value)
      hasher.combine(entry.engineIDs)
    }
  }
}
