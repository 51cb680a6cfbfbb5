import CMessages
package import Catalog
import Messages

/// Writes the readings of a replica, and the id of its engine.
func fill(_ draft: borrowing MessageDraft<Rollcall__V1__Replica>, engineID: String, _ latest: ReplicaReading) {
  draft.fields.engine_id = draft.text(engineID)
  if let moment = latest.observedAt { draft.fields.observed_at = timestamp(draft, moment) }
  if let readings = latest.readings { draft.fields.readings = message(draft, readings) }
  guard !latest.resources.isEmpty else { return }
  draft.fields.n_resources = latest.resources.count
  draft.fields.resources = draft.messages(sorted(latest.resources)) { entry, resource in
    entry.fields.key = entry.text(resource.key)
    entry.fields.value = resource.value
  }
}

/// A `rollcall.v1.Readings` in the memory of `draft`.
@safe func message<M: Message>(
  _ draft: borrowing MessageDraft<M>, _ readings: Readings
) -> UnsafeMutablePointer<Rollcall__V1__Readings> {
  draft.message { draft in
    draft.fields.taken_at = timestamp(draft, readings.takenAt)
    draft.fields.running_requests = draft.number(readings.runningRequests)
    draft.fields.waiting_requests = draft.number(readings.waitingRequests)
    draft.fields.kv_cache_usage = draft.number(readings.kvCacheUsage)
    draft.fields.prompt_tokens_per_second = draft.number(readings.promptTokensPerSecond)
    draft.fields.generation_tokens_per_second = draft.number(readings.generationTokensPerSecond)
    draft.fields.ttft_p50 = draft.number(readings.ttftP50)
    draft.fields.ttft_p99 = draft.number(readings.ttftP99)
    draft.fields.itl_p50 = draft.number(readings.itlP50)
    draft.fields.itl_p99 = draft.number(readings.itlP99)
    draft.fields.e2e_p50 = draft.number(readings.e2eP50)
    draft.fields.e2e_p99 = draft.number(readings.e2eP99)
    draft.fields.lora_slots_used = draft.number(readings.loraSlotsUsed)
    draft.fields.lora_slots_total = draft.number(readings.loraSlotsTotal)
  }
}

/// Writes the readings of a replica as members of its object: null for absent readings.
func members(_ latest: ReplicaReading, _ json: inout JSONWriter) {
  json.member("observed_at", latest.observedAt?.rfc3339)
  json.key("readings")
  value(latest.readings, &json)
  json.key("resources")
  json.object { json in
    for (name, amount) in sorted(latest.resources) { json.member(strange: name, amount) }
  }
}

/// Writes an object with a member for each reading; null for nil.
func value(_ readings: Readings?, _ json: inout JSONWriter) {
  guard let readings else { return json.null() }
  json.object { json in
    json.member("taken_at", readings.takenAt.rfc3339)
    json.member("running_requests", readings.runningRequests)
    json.member("waiting_requests", readings.waitingRequests)
    json.member("kv_cache_usage", readings.kvCacheUsage)
    json.member("prompt_tokens_per_second", readings.promptTokensPerSecond)
    json.member("generation_tokens_per_second", readings.generationTokensPerSecond)
    json.member("ttft_p50", readings.ttftP50)
    json.member("ttft_p99", readings.ttftP99)
    json.member("itl_p50", readings.itlP50)
    json.member("itl_p99", readings.itlP99)
    json.member("e2e_p50", readings.e2eP50)
    json.member("e2e_p99", readings.e2eP99)
    json.member("lora_slots_used", readings.loraSlotsUsed)
    json.member("lora_slots_total", readings.loraSlotsTotal)
  }
}

/// The event READINGS of one model. It holds all that moves: the model's key and `readings`, and for each replica
/// `engine_id`, `observed_at`, `readings` and `resources`.
package enum ReadingsEvent {
  /// A packed `WatchModelsResponse` with gRPC's 5-byte prefix.
  package static func framed(_ latest: ModelReadings) -> [UInt8] {
    let packed = pack(Rollcall__V1__Model.self) { draft in
      draft.fields.namespace_ = draft.text(latest.key.namespace)
      draft.fields.id = draft.text(latest.key.id)
      draft.fields.n_replicas = latest.replicas.count
      draft.fields.replicas = draft.messages(latest.replicas) { draft, replica in
        fill(draft, engineID: replica.engineID, ReplicaReading(replica.reading, of: latest.key.id))
      }
      if let merged = latest.merged { draft.fields.readings = message(draft, merged) }
    }
    return WatchFrame.encode(.readings, packed: packed[...], revision: 0)
  }

  /// A server-sent event with its closing empty line, and without an `id`.
  package static func sse(_ latest: ModelReadings) -> [UInt8] {
    var json = JSONWriter(capacity: 1024)
    json.object { json in
      json.member("namespace", latest.key.namespace)
      json.member("id", latest.key.id)
      json.key("replicas")
      json.array { json in
        for (engineID, reading) in latest.replicas {
          json.object { json in
            json.member("engine_id", engineID)
            members(ReplicaReading(reading, of: latest.key.id), &json)
          }
        }
      }
      json.key("readings")
      value(latest.merged, &json)
    }
    return ServerSentEvent.encode(.readings, json: json.bytes[...], revision: 0)
  }
}
