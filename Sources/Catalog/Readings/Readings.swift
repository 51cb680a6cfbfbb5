/// The load that an engine reports, as in `rollcall.v1.Readings`. A value that the engine does not report is nil, never
/// 0.
///
/// Durations are in seconds, shares are from 0 to 1, rates are per second. Rates cover the time between the last two
/// scrapes of the engine's metrics; quantiles cover the last 30 to 60 seconds.
package struct Readings: Hashable, Sendable {
  /// When the engine reported the values; for several replicas the oldest time.
  package var takenAt: Timestamp
  /// Requests that the engine processes.
  package var runningRequests: Double?
  /// Requests that wait in the engine's queue.
  package var waitingRequests: Double?
  /// Share of the KV cache in use, from 0 to 1.
  package var kvCacheUsage: Double?
  /// Prompt tokens per second.
  package var promptTokensPerSecond: Double?
  /// Generated tokens per second.
  package var generationTokensPerSecond: Double?
  /// Median time to the first token, in seconds.
  package var ttftP50: Double?
  /// 99th percentile of the time to the first token, in seconds.
  package var ttftP99: Double?
  /// Median time between two tokens, in seconds.
  package var itlP50: Double?
  /// 99th percentile of the time between two tokens, in seconds.
  package var itlP99: Double?
  /// Median time of a whole request, in seconds.
  package var e2eP50: Double?
  /// 99th percentile of the time of a whole request, in seconds.
  package var e2eP99: Double?
  /// LoRA adapter slots in use.
  package var loraSlotsUsed: Double?
  /// LoRA adapter slots of the engine.
  package var loraSlotsTotal: Double?

  package init(takenAt: Timestamp) {
    self.takenAt = takenAt
  }
}

extension Readings {
  /// Merges the readings of another replica. Amounts and rates add up; of shares and durations the largest counts. The
  /// result is as old as the older of the two.
  package mutating func merge(_ other: Readings) {
    takenAt = min(takenAt, other.takenAt)
    runningRequests = either(runningRequests, other.runningRequests, +)
    waitingRequests = either(waitingRequests, other.waitingRequests, +)
    kvCacheUsage = either(kvCacheUsage, other.kvCacheUsage, max)
    promptTokensPerSecond = either(promptTokensPerSecond, other.promptTokensPerSecond, +)
    generationTokensPerSecond = either(generationTokensPerSecond, other.generationTokensPerSecond, +)
    ttftP50 = either(ttftP50, other.ttftP50, max)
    ttftP99 = either(ttftP99, other.ttftP99, max)
    itlP50 = either(itlP50, other.itlP50, max)
    itlP99 = either(itlP99, other.itlP99, max)
    e2eP50 = either(e2eP50, other.e2eP50, max)
    e2eP99 = either(e2eP99, other.e2eP99, max)
    loraSlotsUsed = either(loraSlotsUsed, other.loraSlotsUsed, +)
    loraSlotsTotal = either(loraSlotsTotal, other.loraSlotsTotal, +)
  }
}

/// Both values joined, or the only value; nil when both are nil.
private func either(_ a: Double?, _ b: Double?, _ join: (Double, Double) -> Double) -> Double? {
  guard let a else { return b }
  guard let b else { return a }
  return join(a, b)
}
