import Catalog

/// What moves of a replica, as members of its object: null for what is not told.
func members(_ told: ReplicaReading, _ json: inout JSONWriter) {
  json.member("observed_at", told.observedAt?.rfc3339)
  json.key("readings")
  value(told.readings, &json)
  json.key("resources")
  json.object { json in
    for (name, amount) in sorted(told.resources) { json.member(strange: name, amount) }
  }
}

/// An object with a member for each reading; null for nil.
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
