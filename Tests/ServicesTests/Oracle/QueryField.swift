import Catalog

/// A field of a model that filters and orders name.
enum QueryField: Hashable {
  case namespace, id, kind, state, ownedBy, created, root, parent, version, maxModelLen, readyReplicas, totalReplicas
  case etag, revision
  case label(String)
  case replica(ReplicaField)
  case divergence

  enum ReplicaField: String, CaseIterable {
    case engineID = "engine_id"
    case endpoint
    case engineKind = "engine_kind"
    case engineVersion = "engine_version"
    case cluster, state
    case reason = "state_reason"
    case changedAt = "state_changed_at"
    case maxModelLen = "max_model_len"
    case root
  }

  static let single: [QueryField] = [
    .namespace, .id, .kind, .state, .ownedBy, .created, .root, .parent, .version, .maxModelLen, .readyReplicas,
    .totalReplicas, .etag, .revision,
  ]

  var isRepeated: Bool {
    switch self {
    case .replica, .divergence: true
    default: false
    }
  }
}

/// What a field holds.
enum QueryValue {
  case text(String)
  /// Of an enum, in the order of its numbers on the wire.
  case name(String, UInt8)
  case number(Int64)
  case moment(Timestamp)

  /// Whether it is what proto3 does not send.
  var isDefault: Bool {
    switch self {
    case .text(let text): text.isEmpty
    case .number(let number): number == 0
    case .name, .moment: false
    }
  }
}

extension QueryField {
  /// None where the model lacks it; one for each replica or divergence.
  func values(of model: Model) -> [QueryValue] {
    switch self {
    case .namespace: [.text(model.key.namespace)]
    case .id: [.text(model.key.id)]
    case .kind: [.name(model.kind.name, model.kind.rawValue)]
    case .state: [.name(model.state.name, model.state.rawValue)]
    case .ownedBy: [.text(model.ownedBy)]
    case .created: [.moment(model.created)]
    case .root: [.text(model.root)]
    case .parent: [.text(model.parent)]
    case .version: [.text(model.version)]
    case .maxModelLen: [.number(model.maxModelLen)]
    case .readyReplicas: [.number(Int64(model.readyReplicas))]
    case .totalReplicas: [.number(Int64(model.totalReplicas))]
    case .etag: [.text(model.etag)]
    case .revision: [.number(model.revision)]
    case .label(let name): model.labels.filter { bytes($0.key) == bytes(name) }.map { .text($0.value) }
    case .replica(let field): model.replicas.map { field.value(of: $0) }
    case .divergence: model.divergences.map { .text($0.field) }
    }
  }
}

extension QueryField.ReplicaField {
  fileprivate func value(of replica: Replica) -> QueryValue {
    switch self {
    case .engineID: .text(replica.engineID)
    case .endpoint: .text(replica.endpoint)
    case .engineKind: .text(replica.engineKind)
    case .engineVersion: .text(replica.engineVersion)
    case .cluster: .text(replica.cluster)
    case .state: .name(replica.condition.state.name, replica.condition.state.rawValue)
    case .reason: .text(replica.condition.reason)
    case .changedAt: .moment(replica.condition.changedAt)
    case .maxModelLen: .number(replica.maxModelLen)
    case .root: .text(replica.root)
    }
  }
}
