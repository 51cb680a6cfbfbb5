internal import Catalog
internal import Wire

/// Documents of models and of events of a watch, with the names of `rollcall.v1`, and always with every field of their
/// view.
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
    } else if let key = event.key, let readings = event.readings {
      fields.append(Field("model", Document(key, readings)))
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
}

/// Documents of readings; null stands for a value that no engine reports.
extension Document {
  init(_ readings: Readings?) {
    guard let readings else {
      self = .null
      return
    }
    self = .object([
      Field("taken_at", .text(readings.takenAt.rfc3339)),
      Field("running_requests", .number(readings.runningRequests)),
      Field("waiting_requests", .number(readings.waitingRequests)),
      Field("kv_cache_usage", .number(readings.kvCacheUsage)),
      Field("prompt_tokens_per_second", .number(readings.promptTokensPerSecond)),
      Field("generation_tokens_per_second", .number(readings.generationTokensPerSecond)),
      Field("ttft_p50", .number(readings.ttftP50)),
      Field("ttft_p99", .number(readings.ttftP99)),
      Field("itl_p50", .number(readings.itlP50)),
      Field("itl_p99", .number(readings.itlP99)),
      Field("e2e_p50", .number(readings.e2eP50)),
      Field("e2e_p99", .number(readings.e2eP99)),
      Field("lora_slots_used", .number(readings.loraSlotsUsed)),
      Field("lora_slots_total", .number(readings.loraSlotsTotal)),
    ])
  }

  /// The model of a READINGS event.
  init(_ key: ModelKey, _ message: ReadingsMessage) {
    let replicas = message.replicas.sorted { $0.key < $1.key }.map { engineID, reading in
      Document.object([Field("engine_id", .text(engineID)), Field.observedAt(reading)] + Field.load(reading))
    }
    self = .object([
      Field("namespace", .text(key.namespace)), Field("id", .text(key.id)), Field("replicas", .list(replicas)),
      Field("readings", Document(message.readings)),
    ])
  }
}

extension Document.Field {
  static func observedAt(_ reading: ReplicaReading?) -> Document.Field {
    Document.Field("observed_at", reading?.observedAt.map { .text($0.rfc3339) } ?? .null)
  }

  /// The fields `readings` and `resources` of a replica.
  static func load(_ reading: ReplicaReading?) -> [Document.Field] {
    let resources = (reading?.resources ?? [:]).sorted { $0.key < $1.key }
    return [
      Document.Field("readings", Document(reading?.readings)),
      Document.Field("resources", .object(resources.map { Document.Field($0.key, .number($0.value)) })),
    ]
  }
}

/// Documents of differences between two revisions.
extension Document {
  init(_ page: DiffPage, _ view: ClientOptions.View) {
    self = .object([
      Field("from_revision", .int(page.from.revision)),
      Field("from_time", .text(page.from.time.rfc3339)),
      Field("to_revision", .int(page.to.revision)),
      Field("to_time", .text(page.to.time.rfc3339)),
      Field("differences", .list(page.differences.map { Document($0, view) })),
    ])
  }

  private init(_ difference: DifferenceMessage, _ view: ClientOptions.View) {
    self = .object([
      Field("type", .text(difference.kind.name)),
      Field("before", difference.before.map { Document($0, view) } ?? .null),
      Field("after", difference.after.map { Document($0, view) } ?? .null),
    ])
  }
}

/// Documents of engines and their leases, always with every field.
extension Document {
  init(_ engine: EngineMessage) {
    func texts(_ texts: [String]) -> Document { .list(texts.map { .text($0) }) }
    let condition = engine.condition
    self = .object([
      Field("namespace", .text(engine.namespace)),
      Field("id", .text(engine.id)),
      Field("endpoint", .textOrNull(engine.endpoint)),
      Field("kind", .textOrNull(engine.kind)),
      Field("version", .textOrNull(engine.version)),
      Field("cluster", .textOrNull(engine.cluster)),
      Field("labels", .labels(engine.labels)),
      Field("state", .textOrNull(condition?.state.name ?? "")),
      Field("state_reason", .textOrNull(condition?.reason ?? "")),
      Field("state_changed_at", .textOrNull(condition?.changedAt.rfc3339 ?? "")),
      Field("observed_at", .textOrNull(engine.observedAt?.rfc3339 ?? "")),
      Field("models", texts(engine.models)),
      Field("sources", texts(engine.sources)),
      Field("via", texts(engine.via)),
      Field("pod_uid", .textOrNull(engine.podUID)),
      Field("leases", .list(engine.leases.map { Document($0) })),
      Field("insecure", .bool(engine.isInsecure)),
    ])
  }

  private init(_ lease: EngineLease) {
    self = .object([
      Field("lease_id", .text(lease.leaseID)),
      Field("ttl", .text(Formatted.duration(lease.ttl))),
      Field("expires_at", .text(lease.expiresAt.rfc3339)),
    ])
  }
}

/// Documents of scale events.
extension Document {
  init(_ events: [ScaleEvent]) {
    self = .object([Field("events", .list(events.map { Document($0) }))])
  }

  init(_ event: ScaleEvent) {
    self = .object([
      Field("time", .text(event.time.rfc3339)),
      Field("type", .text(event.kind.name)),
      Field("namespace", .text(event.key.namespace)),
      Field("id", .text(event.key.id)),
      Field("from_replicas", .int(Int64(event.from))),
      Field("to_replicas", .int(Int64(event.to))),
      Field("reason", .text(event.reason)),
      Field("revision", .int(event.revision)),
    ])
  }
}
