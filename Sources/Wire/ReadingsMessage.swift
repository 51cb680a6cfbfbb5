import CMessages
package import Catalog
import Messages

/// What moves of a model, as another server told it: all that an event READINGS tells.
package struct ReadingsMessage: Hashable, Sendable {
  /// By engine id, of each replica of which anything is told.
  package var replicas: [String: ReplicaReading]
  /// Of all replicas that can be believed, merged; nil when none tells any.
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
    let told = replicas.filter { $0.1 != ReplicaReading() }
    self.init(replicas: Dictionary(told) { $1 }, readings: message.message({ $0.readings }) { Readings($0) })
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
