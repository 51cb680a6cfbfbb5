import CMessages
package import Catalog
import Messages

/// A model as another server sent it, with its engines' latest readings in view FULL.
package struct ModelMessage: Hashable, Sendable {
  package var model: Model
  /// The reading of each replica that has readings, by engine id.
  package var replicas: [String: ReplicaReading]
  /// The merged readings of all replicas that can be believed; nil when no replica has any.
  package var readings: Readings?

  package init(model: Model, replicas: [String: ReplicaReading] = [:], readings: Readings? = nil) {
    self.model = model
    self.replicas = replicas
    self.readings = readings
  }
}

extension ModelMessage {
  /// Decodes a model; nil when its kind or a state is unknown to this program.
  init?(_ message: borrowing MessageView<Rollcall__V1__Model>) {
    let fields = message.fields
    guard let kind = ModelKind(fields.kind), let state = ModelState(fields.state) else { return nil }
    let replicas = message.messages({ ($0.replicas, $0.n_replicas) }) { Replica($0) }
    guard replicas.allSatisfy({ $0 != nil }) else { return nil }
    let latest = ReadingsMessage(message)
    self.replicas = latest.replicas
    readings = latest.readings
    let labels = message.messages({ ($0.labels, $0.n_labels) }) { ($0.string { $0.key }, $0.string { $0.value }) }
    model = Model(
      key: ModelKey(message), kind: kind, state: state, ownedBy: message.string { $0.owned_by },
      created: message.message({ $0.created }, timestamp) ?? Timestamp(microseconds: 0),
      root: message.string { $0.root }, parent: message.string { $0.parent }, version: message.string { $0.version },
      maxModelLen: fields.max_model_len, labels: Dictionary(labels) { $1 }, readyReplicas: Int(fields.ready_replicas),
      totalReplicas: Int(fields.total_replicas), replicas: replicas.compactMap(\.self),
      divergences: message.messages({ ($0.divergences, $0.n_divergences) }) { Divergence($0) },
      etag: message.string { $0.etag }, revision: fields.revision)
  }
}

extension ModelKey {
  init(_ message: borrowing MessageView<Rollcall__V1__Model>) {
    self.init(namespace: message.string { $0.namespace_ }, id: message.string { $0.id })
  }
}

extension Replica {
  fileprivate init?(_ message: borrowing MessageView<Rollcall__V1__Replica>) {
    guard let state = ModelState(message.fields.state) else { return nil }
    let changedAt = message.message({ $0.state_changed_at }, timestamp) ?? Timestamp(microseconds: 0)
    self.init(
      engineID: message.string { $0.engine_id }, endpoint: message.string { $0.endpoint },
      engineKind: message.string { $0.engine_kind }, engineVersion: message.string { $0.engine_version },
      cluster: message.string { $0.cluster },
      condition: Condition(state: state, reason: message.string { $0.state_reason }, changedAt: changedAt),
      maxModelLen: message.fields.max_model_len, root: message.string { $0.root },
      via: message.strings { ($0.via, $0.n_via) })
  }
}

extension Divergence {
  fileprivate init(_ message: borrowing MessageView<Rollcall__V1__Divergence>) {
    self.init(
      field: message.string { $0.field },
      values: message.messages({ ($0.values, $0.n_values) }) { entry in
        (value: entry.string { $0.value }, engineIDs: entry.strings { ($0.engine_ids, $0.n_engine_ids) })
      })
  }
}

extension ModelKind {
  fileprivate init?(_ kind: Rollcall__V1__ModelKind) {
    guard let kind = UInt8(exactly: kind.rawValue).flatMap(ModelKind.init(rawValue:)) else { return nil }
    self = kind
  }
}

extension ModelState {
  fileprivate init?(_ state: Rollcall__V1__ModelState) {
    guard let state = UInt8(exactly: state.rawValue).flatMap(ModelState.init(rawValue:)) else { return nil }
    self = state
  }
}
