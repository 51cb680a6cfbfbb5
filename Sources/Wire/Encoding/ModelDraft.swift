import CMessages
package import Catalog
import Messages

/// Writes a model in view BASIC.
func fill(_ draft: borrowing MessageDraft<Rollcall__V1__Model>, _ model: Model) {
  draft.fields.namespace_ = draft.text(model.key.namespace)
  draft.fields.id = draft.text(model.key.id)
  draft.fields.kind = Rollcall__V1__ModelKind(UInt32(model.kind.rawValue))
  draft.fields.state = Rollcall__V1__ModelState(UInt32(model.state.rawValue))
  draft.fields.owned_by = draft.text(model.ownedBy)
  draft.fields.created = timestamp(draft, model.created)
  draft.fields.root = draft.text(model.root)
  draft.fields.parent = draft.text(model.parent)
  draft.fields.version = draft.text(model.version)
  draft.fields.max_model_len = model.maxModelLen
  draft.fields.n_labels = model.labels.count
  draft.fields.labels = draft.messages(sorted(model.labels)) { entry, label in
    entry.fields.key = entry.text(label.key)
    entry.fields.value = entry.text(label.value)
  }
  draft.fields.ready_replicas = Int32(clamping: model.readyReplicas)
  draft.fields.total_replicas = Int32(clamping: model.totalReplicas)
  draft.fields.etag = draft.text(model.etag)
  draft.fields.revision = model.revision
  draft.fields.n_divergences = model.divergences.count
  draft.fields.divergences = draft.messages(model.divergences) { draft, divergence in
    draft.fields.field = draft.text(divergence.field)
    draft.fields.n_values = divergence.values.count
    draft.fields.values = draft.messages(divergence.values) { draft, entry in
      draft.fields.value = draft.text(entry.value)
      draft.fields.n_engine_ids = entry.engineIDs.count
      draft.fields.engine_ids = draft.texts(entry.engineIDs)
    }
  }
}

/// Adds replicas and readings, for view FULL. `reading` returns an engine's latest reading by the engine's id.
func fillReplicas(
  _ draft: borrowing MessageDraft<Rollcall__V1__Model>, _ model: Model, reading: (String) -> EngineReading?
) {
  var merged = MergedReadings()
  draft.fields.n_replicas = model.replicas.count
  draft.fields.replicas = draft.messages(model.replicas) { draft, replica in
    draft.fields.endpoint = draft.text(replica.endpoint)
    draft.fields.engine_kind = draft.text(replica.engineKind)
    draft.fields.engine_version = draft.text(replica.engineVersion)
    draft.fields.cluster = draft.text(replica.cluster)
    draft.fields.state = Rollcall__V1__ModelState(UInt32(replica.condition.state.rawValue))
    draft.fields.state_reason = draft.text(replica.condition.reason)
    draft.fields.state_changed_at = timestamp(draft, replica.condition.changedAt)
    draft.fields.max_model_len = replica.maxModelLen
    draft.fields.root = draft.text(replica.root)
    draft.fields.n_via = replica.via.count
    draft.fields.via = draft.texts(replica.via)
    let latest = ReplicaReading(reading(replica.engineID), of: model.key.id)
    fill(draft, engineID: replica.engineID, latest)
    merged.add(latest.readings, of: replica.condition.state)
  }
  if let readings = merged.readings { draft.fields.readings = message(draft, readings) }
}

/// Encodes models in view FULL at each request, since readings move all the time.
package struct FullEncoder: Sendable {
  /// The number of replicas that an event loop encodes at a time, in about 0.3 ms; a task encodes more.
  package static let quickLimit = 50

  package init() {}

  /// A packed `Model`. `reading` returns an engine's latest reading by the engine's id.
  package func encode(_ model: Model, reading: (String) -> EngineReading?) -> [UInt8] {
    encode(model, header: .none, reading: reading)
  }

  /// One element of `ListModelsResponse.models`.
  package func encodeElement(_ model: Model, reading: (String) -> EngineReading?) -> [UInt8] {
    encode(model, header: .field(1), reading: reading)
  }

  private func encode(_ model: Model, header: PackHeader, reading: (String) -> EngineReading?) -> [UInt8] {
    pack(Rollcall__V1__Model.self, header: header) { draft in
      fill(draft, model)
      fillReplicas(draft, model, reading: reading)
    }
  }
}
