internal import Catalog
internal import Wire

/// Models and events under the names of `rollcall.v1`, always with every field of their view.
extension Document {
  init(_ message: ModelMessage, _ view: ClientOptions.View) {
    let model = message.model
    var fields: [Field] = [
      Field("namespace", .text(model.key.namespace)),
      Field("id", .text(model.key.id)),
      Field("kind", .text(model.kind.name)),
      Field("state", .text(model.state.name)),
      Field("owned_by", .text(model.ownedBy)),
      Field("created", .text(model.created.rfc3339)),
      Field("root", .textOrNull(model.root)),
      Field("parent", .textOrNull(model.parent)),
      Field("version", .textOrNull(model.version)),
      Field("max_model_len", .tokens(model.maxModelLen)),
      Field("labels", .labels(model.labels)),
      Field("ready_replicas", .int(Int64(model.readyReplicas))),
      Field("total_replicas", .int(Int64(model.totalReplicas))),
      Field("etag", .text(model.etag)),
      Field("revision", .int(model.revision)),
      Field("divergences", .list(model.divergences.map { Document($0) })),
    ]
    if view == .full {
      let replicas = model.replicas.map { Document($0, message.replicas[$0.engineID]) }
      fields += [Field("replicas", .list(replicas)), Field("readings", Document(message.readings))]
    }
    self = .object(fields)
  }

  init(_ event: WatchEvent, _ view: ClientOptions.View) {
    var fields = [Field("type", .text(event.kind.name)), Field("revision", .int(event.revision))]
    if let model = event.model {
      fields.append(Field("model", Document(model, view)))
    } else if let key = event.key, let told = event.readings {
      fields.append(Field("model", Document(key, told)))
    } else if let key = event.key {
      fields.append(Field("model", .object([Field("namespace", .text(key.namespace)), Field("id", .text(key.id))])))
    }
    self = .object(fields)
  }

  private init(_ replica: Replica, _ reading: ReplicaReading?) {
    let facts = [
      Field("engine_id", .text(replica.engineID)),
      Field("endpoint", .text(replica.endpoint)),
      Field("engine_kind", .textOrNull(replica.engineKind)),
      Field("engine_version", .textOrNull(replica.engineVersion)),
      Field("cluster", .textOrNull(replica.cluster)),
      Field("state", .text(replica.condition.state.name)),
      Field("state_reason", .textOrNull(replica.condition.reason)),
      Field("state_changed_at", .text(replica.condition.changedAt.rfc3339)),
      Field.observedAt(reading),
      Field("max_model_len", .tokens(replica.maxModelLen)),
      Field("root", .textOrNull(replica.root)),
      Field("via", .list(replica.via.map { .text($0) })),
    ]
    self = .object(facts + Field.load(reading))
  }

  private init(_ divergence: Divergence) {
    let values = divergence.values.map { value, engineIDs in
      Document.object([Field("value", .text(value)), Field("engine_ids", .list(engineIDs.map { .text($0) }))])
    }
    self = .object([Field("field", .text(divergence.field)), Field("values", .list(values))])
  }

  /// null for an unknown length.
  private static func tokens(_ count: Int64) -> Document {
    count > 0 ? .int(count) : .null
  }
}
