internal import Catalog
internal import Wire

/// What moves, under the names of `rollcall.v1`: null where it is not told.
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

  /// What an event READINGS tells of a model.
  init(_ key: ModelKey, _ told: ReadingsMessage) {
    let replicas = told.replicas.sorted { $0.key < $1.key }.map { engineID, reading in
      Document.object([Field("engine_id", .text(engineID)), Field.observedAt(reading)] + Field.load(reading))
    }
    self = .object([
      Field("namespace", .text(key.namespace)), Field("id", .text(key.id)), Field("replicas", .list(replicas)),
      Field("readings", Document(told.readings)),
    ])
  }

  /// A whole number is written as one.
  static func number(_ value: Double?) -> Document {
    guard let value, value.isFinite else { return .null }
    return Int64(exactly: value).map { .int($0) } ?? .double(value)
  }
}

extension Document.Field {
  static func observedAt(_ reading: ReplicaReading?) -> Document.Field {
    Document.Field("observed_at", reading?.observedAt.map { .text($0.rfc3339) } ?? .null)
  }

  /// `readings` and `resources` of a replica.
  static func load(_ reading: ReplicaReading?) -> [Document.Field] {
    let resources = (reading?.resources ?? [:]).sorted { $0.key < $1.key }
    return [
      Document.Field("readings", Document(reading?.readings)),
      Document.Field("resources", .object(resources.map { Document.Field($0.key, .number($0.value)) })),
    ]
  }
}
