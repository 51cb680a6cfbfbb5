/// One model as derived from its replicas: a value that reads no clock, configuration or reading.
package struct Model: Hashable, Sendable {
  package var key: ModelKey
  package var kind: ModelKind
  package var state: ModelState
  package var ownedBy: String
  /// When Rollcall first saw the model.
  package var created: Timestamp
  package var root: String
  package var parent: String
  package var version: String
  /// Tokens, the smallest of the replicas' (an adapter of unknown length inherits its parent's); 0 is unknown.
  package var maxModelLen: Int64
  package var labels: [String: String]
  package var readyReplicas: Int
  package var totalReplicas: Int
  /// By engine id. A workload that is scaled to zero is among them and not counted.
  package var replicas: [Replica]
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
  package var engineID: String
  package var endpoint: String
  package var engineKind: String
  package var engineVersion: String
  package var cluster: String
  package var condition: Condition
  package var maxModelLen: Int64
  package var root: String
  /// As in `EngineFacts`.
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
