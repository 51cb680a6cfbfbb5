/// A field of `Readings`, by its name on the wire.
enum ReadingField: String, CaseIterable, Sendable {
  case takenAt = "taken_at"
  case runningRequests = "running_requests"
  case waitingRequests = "waiting_requests"
  case kvCacheUsage = "kv_cache_usage"
  case promptTokensPerSecond = "prompt_tokens_per_second"
  case generationTokensPerSecond = "generation_tokens_per_second"
  case ttftP50 = "ttft_p50"
  case ttftP99 = "ttft_p99"
  case itlP50 = "itl_p50"
  case itlP99 = "itl_p99"
  case e2eP50 = "e2e_p50"
  case e2eP99 = "e2e_p99"
  case loraSlotsUsed = "lora_slots_used"
  case loraSlotsTotal = "lora_slots_total"

  var type: FieldType { self == .takenAt ? .time : .real }

  func value(of readings: Readings?) -> OrderValue {
    guard let readings else { return .absent }
    return switch self {
    case .takenAt: OrderValue(readings.takenAt)
    case .runningRequests: OrderValue(readings.runningRequests)
    case .waitingRequests: OrderValue(readings.waitingRequests)
    case .kvCacheUsage: OrderValue(readings.kvCacheUsage)
    case .promptTokensPerSecond: OrderValue(readings.promptTokensPerSecond)
    case .generationTokensPerSecond: OrderValue(readings.generationTokensPerSecond)
    case .ttftP50: OrderValue(readings.ttftP50)
    case .ttftP99: OrderValue(readings.ttftP99)
    case .itlP50: OrderValue(readings.itlP50)
    case .itlP99: OrderValue(readings.itlP99)
    case .e2eP50: OrderValue(readings.e2eP50)
    case .e2eP99: OrderValue(readings.e2eP99)
    case .loraSlotsUsed: OrderValue(readings.loraSlotsUsed)
    case .loraSlotsTotal: OrderValue(readings.loraSlotsTotal)
    }
  }
}
