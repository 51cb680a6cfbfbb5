import CMessages
package import Catalog
package import Messages

/// `Engine`.
package struct EngineMessage: Hashable, Sendable {
  package var namespace: String
  package var id: String
  /// The engine's URL; empty while it has none.
  package var endpoint = ""
  package var kind = ""
  package var version = ""
  package var cluster = ""
  package var labels: [String: String] = [:]
  /// The engine's condition; nil until the server has probed the engine for the first time.
  package var condition: Condition?
  package var observedAt: Timestamp?
  /// The ids of the engine's models, in order.
  package var models: [String] = []
  /// The names of the sources that claim the engine now.
  package var sources: [String] = []
  package var via: [String] = []
  package var podUID = ""
  package var leases: [EngineLease] = []
  /// Whether any certificate of the engine is accepted.
  package var isInsecure = false

  package init(namespace: String, id: String) {
    self.namespace = namespace
    self.id = id
  }

  package static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> EngineMessage {
    try withDecoded(bytes, as: Rollcall__V1__Engine.self, limits: .response) { EngineMessage($0) }
  }

  package func encode() -> [UInt8] {
    pack(Rollcall__V1__Engine.self) { fill($0) }
  }
}

extension EngineMessage {
  func fill(_ draft: borrowing MessageDraft<Rollcall__V1__Engine>) {
    draft.fields.namespace_ = draft.text(namespace)
    draft.fields.id = draft.text(id)
    draft.fields.endpoint = draft.text(endpoint)
    draft.fields.kind = draft.text(kind)
    draft.fields.version = draft.text(version)
    draft.fields.cluster = draft.text(cluster)
    draft.fields.n_labels = labels.count
    draft.fields.labels = draft.messages(sorted(labels)) { entry, label in
      entry.fields.key = entry.text(label.key)
      entry.fields.value = entry.text(label.value)
    }
    if let condition {
      draft.fields.state = Rollcall__V1__ModelState(rawValue: UInt32(condition.state.rawValue))
      draft.fields.state_reason = draft.text(condition.reason)
      draft.fields.state_changed_at = timestamp(draft, condition.changedAt)
    }
    if let observedAt { draft.fields.observed_at = timestamp(draft, observedAt) }
    draft.fields.n_models = models.count
    draft.fields.models = draft.texts(models)
    draft.fields.n_sources = sources.count
    draft.fields.sources = draft.texts(sources)
    draft.fields.n_via = via.count
    draft.fields.via = draft.texts(via)
    draft.fields.pod_uid = draft.text(podUID)
    draft.fields.n_leases = leases.count
    draft.fields.leases = draft.messages(leases, as: Rollcall__V1__EngineLease.self) { draft, lease in
      draft.fields.lease_id = draft.text(lease.leaseID)
      draft.fields.ttl = duration(draft, lease.ttl)
      draft.fields.expires_at = timestamp(draft, lease.expiresAt)
    }
    draft.fields.insecure = isInsecure ? 1 : 0
  }

  /// Decodes an engine; it has no condition when its state is unknown to this program.
  init(_ message: borrowing MessageView<Rollcall__V1__Engine>) {
    self.init(namespace: message.string { $0.namespace_ }, id: message.string { $0.id })
    endpoint = message.string { $0.endpoint }
    kind = message.string { $0.kind }
    version = message.string { $0.version }
    cluster = message.string { $0.cluster }
    let labels = message.messages({ ($0.labels, $0.n_labels) }) { ($0.string { $0.key }, $0.string { $0.value }) }
    self.labels = Dictionary(labels) { $1 }
    if let state = UInt8(exactly: message.fields.state.rawValue).flatMap(ModelState.init(rawValue:)) {
      let changedAt = message.message({ $0.state_changed_at }, timestamp) ?? Timestamp(microseconds: 0)
      condition = Condition(state: state, reason: message.string { $0.state_reason }, changedAt: changedAt)
    }
    observedAt = message.message({ $0.observed_at }, timestamp)
    models = message.strings { ($0.models, $0.n_models) }
    sources = message.strings { ($0.sources, $0.n_sources) }
    via = message.strings { ($0.via, $0.n_via) }
    podUID = message.string { $0.pod_uid }
    leases = message.messages({ ($0.leases, $0.n_leases) }) { lease in
      EngineLease(
        leaseID: lease.string { $0.lease_id }, ttl: lease.message({ $0.ttl }, duration) ?? .zero,
        expiresAt: lease.message({ $0.expires_at }, timestamp) ?? Timestamp(microseconds: 0))
    }
    isInsecure = message.fields.insecure != 0
  }
}
