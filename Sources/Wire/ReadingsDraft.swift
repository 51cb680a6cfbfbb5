import CMessages
import Catalog
import Messages

/// Writes what moves of a replica, and whose it is.
func fill(_ draft: borrowing MessageDraft<Rollcall__V1__Replica>, engineID: String, _ told: ReplicaReading) {
  draft.fields.engine_id = draft.text(engineID)
  if let moment = told.observedAt { draft.fields.observed_at = timestamp(draft, moment) }
  if let readings = told.readings { draft.fields.readings = message(draft, readings) }
  guard !told.resources.isEmpty else { return }
  draft.fields.n_resources = told.resources.count
  draft.fields.resources = draft.messages(sorted(told.resources)) { entry, resource in
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
