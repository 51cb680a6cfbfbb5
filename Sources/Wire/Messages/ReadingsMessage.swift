import CMessages
package import Catalog
import Messages

/// The readings of a model as another server sent them: the content of an event READINGS.
package struct ReadingsMessage: Hashable, Sendable {
  /// The reading of each replica that has readings, by engine id.
  package var replicas: [String: ReplicaReading]
  /// The merged readings of all replicas that can be believed; nil when no replica has any.
  package var readings: Readings?

  package init(replicas: [String: ReplicaReading] = [:], readings: Readings? = nil) {
    self.replicas = replicas
    self.readings = readings
  }
}

extension ReadingsMessage {
  init(_ message: borrowing MessageView<Rollcall__V1__Model>) {
    let replicas = message.messages({ ($0.replicas, $0.n_replicas) }) { replica in
      (replica.string { $0.engine_id }, ReplicaReading(replica))
    }
    let latest = replicas.filter { $0.1 != ReplicaReading() }
    self.init(replicas: Dictionary(latest) { $1 }, readings: message.message({ $0.readings }) { Readings($0) })
  }
}

extension ReplicaReading {
  fileprivate init(_ message: borrowing MessageView<Rollcall__V1__Replica>) {
    let resources = message.messages({ ($0.resources, $0.n_resources) }) { entry in
      (entry.string { $0.key }, entry.fields.value)
    }
    self.init(
      observedAt: message.message({ $0.observed_at }, timestamp),
      readings: message.message({ $0.readings }) { Readings($0) },
      resources: Dictionary(resources) { $1 })
  }
}

extension Readings {
  fileprivate init(_ message: borrowing MessageView<Rollcall__V1__Readings>) {
    self.init(takenAt: message.message({ $0.taken_at }, timestamp) ?? Timestamp(microseconds: 0))
    runningRequests = message.number { $0.running_requests }
    waitingRequests = message.number { $0.waiting_requests }
    kvCacheUsage = message.number { $0.kv_cache_usage }
    promptTokensPerSecond = message.number { $0.prompt_tokens_per_second }
    generationTokensPerSecond = message.number { $0.generation_tokens_per_second }
    ttftP50 = message.number { $0.ttft_p50 }
    ttftP99 = message.number { $0.ttft_p99 }
    itlP50 = message.number { $0.itl_p50 }
    itlP99 = message.number { $0.itl_p99 }
    e2eP50 = message.number { $0.e2e_p50 }
    e2eP99 = message.number { $0.e2e_p99 }
    loraSlotsUsed = message.number { $0.lora_slots_used }
    loraSlotsTotal = message.number { $0.lora_slots_total }
  }
}

/// The readings of one model on one engine, as in `rollcall.v1.Replica`.
package struct ReplicaReading: Hashable, Sendable {
  /// The time at which the engine last answered; nil when that is unknown.
  package var observedAt: Timestamp?
  package var readings: Readings?
  /// Amounts by the name of the resource.
  package var resources: [String: Double]

  package init(observedAt: Timestamp? = nil, readings: Readings? = nil, resources: [String: Double] = [:]) {
    self.observedAt = observedAt
    self.readings = readings
    self.resources = resources
  }

  /// The part of an engine's latest reading that concerns one model.
  package init(_ reading: EngineReading?, of modelID: String) {
    observedAt = reading?.observedAt
    readings = reading?.readings(of: modelID)
    resources = reading?.resources(of: modelID) ?? [:]
  }
}

/// The merged readings of a model's replicas, collected while they are written: only replicas that can be believed
/// count.
struct MergedReadings {
  /// The merged readings; nil while no replica has any.
  private(set) var readings: Readings?

  mutating func add(_ latest: Readings?, of state: ModelState) {
    guard let latest, state.countsInReadings else { return }
    if readings == nil { readings = latest } else { readings?.merge(latest) }
  }
}

/// The resources in the byte order of their names, so that equal resources have equal encodings.
func sorted(_ resources: [String: Double]) -> [(key: String, value: Double)] {
  resources.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
}
