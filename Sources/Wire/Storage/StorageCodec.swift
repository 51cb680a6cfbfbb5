import CMessages
package import Catalog
import Messages

/// Facts as records of `rollcall.storage.v1`. Equal facts have equal bytes.
package struct StorageCodec: FactCodec {
  package init() {}

  package func encode(_ facts: EngineFacts) -> [UInt8] {
    pack(Rollcall__Storage__V1__EngineRecord.self) { draft in
      draft.fields.engine_id = draft.text(facts.id)
      draft.fields.endpoint = draft.text(facts.endpoint)
      draft.fields.kind = draft.text(facts.kind)
      draft.fields.version = draft.text(facts.version)
      draft.fields.namespace_ = draft.text(facts.namespace)
      draft.fields.cluster = draft.text(facts.cluster)
      draft.fields.n_labels = facts.labels.count
      draft.fields.labels = draft.messages(sorted(facts.labels)) { entry, label in
        entry.fields.key = entry.text(label.key)
        entry.fields.value = entry.text(label.value)
      }
      draft.fields.state = Int32(facts.condition.state.rawValue)
      draft.fields.state_reason = draft.text(facts.condition.reason)
      draft.fields.state_changed_at = facts.condition.changedAt.microseconds
      draft.fields.n_via = facts.via.count
      draft.fields.via = draft.texts(facts.via)
      draft.fields.pod_uid = draft.text(facts.podUID)
      draft.fields.state_cause = Int32(facts.condition.cause.rawValue)
      guard let parts = facts.reasonParts else { return }
      draft.fields.finding = draft.text(parts.finding)
      draft.fields.finding_cause = Int32(parts.findingCause.rawValue)
      draft.fields.lifecycle_hint = draft.text(parts.hint)
      draft.fields.trouble = draft.text(parts.trouble)
      draft.fields.pending_removal = draft.text(parts.pendingRemoval)
    }
  }

  package func decodeEngine(_ bytes: [UInt8]) -> EngineFacts? {
    try? withDecoded(bytes[...], as: Rollcall__Storage__V1__EngineRecord.self, limits: .stored) { record in
      let reason = record.string { $0.state_reason }
      guard var condition = condition(record.fields.state, reason, record.fields.state_changed_at) else { return nil }
      var parts = ReasonParts(
        finding: record.string { $0.finding },
        findingCause: StateCause(stored: record.fields.finding_cause) ?? .none,
        hint: record.string { $0.lifecycle_hint }, trouble: record.string { $0.trouble },
        pendingRemoval: record.string { $0.pending_removal })
      if let cause = StateCause(stored: record.fields.state_cause) {
        condition.cause = cause
      } else {
        (condition.cause, parts) = OldReason.read(condition)
      }
      let labels = record.messages({ ($0.labels, $0.n_labels) }) { entry in
        (entry.string { $0.key }, entry.string { $0.value })
      }
      var facts = EngineFacts(
        id: record.string { $0.engine_id }, endpoint: record.string { $0.endpoint }, kind: record.string { $0.kind },
        version: record.string { $0.version }, namespace: record.string { $0.namespace_ },
        cluster: record.string { $0.cluster }, labels: Dictionary(labels) { $1 },
        via: record.strings { ($0.via, $0.n_via) }, podUID: record.string { $0.pod_uid }, condition: condition)
      if !parts.isFindingAlone { facts.setReason(parts) }
      return facts
    }
  }

  package func encode(_ facts: ReplicaFacts) -> [UInt8] {
    pack(Rollcall__Storage__V1__ReplicaRecord.self) { draft in
      draft.fields.model_id = draft.text(facts.modelID)
      draft.fields.kind = Int32(facts.kind.rawValue)
      draft.fields.owned_by = draft.text(facts.ownedBy)
      draft.fields.root = draft.text(facts.root)
      draft.fields.parent = draft.text(facts.parent)
      draft.fields.version = draft.text(facts.version)
      draft.fields.max_model_len = facts.maxModelLen
      draft.fields.n_labels = facts.labels.count
      draft.fields.labels = draft.messages(sorted(facts.labels)) { entry, label in
        entry.fields.key = entry.text(label.key)
        entry.fields.value = entry.text(label.value)
      }
      guard let condition = facts.condition else { return }
      draft.fields.state = Int32(condition.state.rawValue)
      draft.fields.state_reason = draft.text(condition.reason)
      draft.fields.state_changed_at = condition.changedAt.microseconds
      draft.fields.state_cause = Int32(condition.cause.rawValue)
    }
  }

  package func decodeReplica(_ bytes: [UInt8]) -> ReplicaFacts? {
    try? withDecoded(bytes[...], as: Rollcall__Storage__V1__ReplicaRecord.self, limits: .stored) { record in
      let fields = record.fields
      guard let kind = UInt8(exactly: fields.kind).flatMap(ModelKind.init) else { return nil }
      let reason = record.string { $0.state_reason }
      var own = condition(fields.state, reason, fields.state_changed_at)
      if let condition = own {
        own?.cause = StateCause(stored: fields.state_cause) ?? OldReason.cause(ofModel: condition)
      }
      // A record without a state takes the engine's state; a record with an unknown state is not valid.
      guard own != nil || fields.state == 0 else { return nil }
      let labels = record.messages({ ($0.labels, $0.n_labels) }) { entry in
        (entry.string { $0.key }, entry.string { $0.value })
      }
      return ReplicaFacts(
        modelID: record.string { $0.model_id }, kind: kind, ownedBy: record.string { $0.owned_by },
        root: record.string { $0.root }, parent: record.string { $0.parent }, version: record.string { $0.version },
        maxModelLen: fields.max_model_len, condition: own, labels: Dictionary(labels) { $1 })
    }
  }

  package func encode(_ facts: SeenFacts) -> [UInt8] {
    pack(Rollcall__Storage__V1__SeenRecord.self) { draft in
      draft.fields.created = facts.created.microseconds
      draft.fields.created_uptime = stored(uptime: facts.createdUptime)
      draft.fields.gone = facts.gone?.microseconds ?? 0
      draft.fields.gone_uptime = stored(uptime: facts.goneUptime)
    }
  }

  package func decodeSeen(_ bytes: [UInt8]) -> SeenFacts? {
    try? withDecoded(bytes[...], as: Rollcall__Storage__V1__SeenRecord.self, limits: .stored) { record in
      let gone = record.fields.gone
      return SeenFacts(
        created: Timestamp(microseconds: record.fields.created),
        createdUptime: uptime(stored: record.fields.created_uptime),
        gone: gone == 0 ? nil : Timestamp(microseconds: gone), goneUptime: uptime(stored: record.fields.gone_uptime))
    }
  }

  package func encode(labels: [String: String]) -> [UInt8] {
    pack(Rollcall__Storage__V1__LabelsRecord.self) { draft in
      draft.fields.n_labels = labels.count
      draft.fields.labels = draft.messages(sorted(labels)) { entry, label in
        entry.fields.key = entry.text(label.key)
        entry.fields.value = entry.text(label.value)
      }
    }
  }

  package func decodeLabels(_ bytes: [UInt8]) -> [String: String]? {
    try? withDecoded(bytes[...], as: Rollcall__Storage__V1__LabelsRecord.self, limits: .stored) { record in
      let labels = record.messages({ ($0.labels, $0.n_labels) }) { entry in
        (entry.string { $0.key }, entry.string { $0.value })
      }
      return Dictionary(labels) { $1 }
    }
  }

  package func encode(deriveVersion: Int) -> [UInt8] {
    pack(Rollcall__Storage__V1__DeriveRecord.self) { $0.fields.version = Int32(deriveVersion) }
  }

  package func decodeDeriveVersion(_ bytes: [UInt8]) -> Int? {
    try? withDecoded(bytes[...], as: Rollcall__Storage__V1__DeriveRecord.self, limits: .stored) { record in
      Int(record.fields.version)
    }
  }
}

extension StateCause {
  /// The stored cause; nil when the record has none. A cause that a newer version stored becomes `.none`.
  init?(stored number: Int32) {
    guard number != 0 else { return nil }
    self = UInt8(exactly: number).flatMap(StateCause.init(rawValue:)) ?? .none
  }
}

/// An uptime as a record holds it: in microseconds and one more; 0 means unknown.
private func stored(uptime: Duration?) -> Int64 {
  uptime.map { $0.microseconds + 1 } ?? 0
}

private func uptime(stored microseconds: Int64) -> Duration? {
  microseconds > 0 ? .microseconds(microseconds - 1) : nil
}

private func condition(_ state: Int32, _ reason: String, _ changedAt: Int64) -> Condition? {
  UInt8(exactly: state).flatMap(ModelState.init).map {
    Condition(state: $0, reason: reason, changedAt: Timestamp(microseconds: changedAt))
  }
}
