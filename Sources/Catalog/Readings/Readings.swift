/// The load that an engine reports, as `rollcall.v1.Readings`; a value that it does not report is nil, never 0.
///
/// Durations are in seconds, shares from 0 to 1, rates per second. Rates are of the time between the last two scrapes of
/// the engine's metrics, quantiles of the last 30 to 60 seconds.
package struct Readings: Hashable, Sendable {
  /// When the engine told the values; of several replicas together the oldest time.
  package var takenAt: Timestamp
  /// Requests that the engine works on.
  package var runningRequests: Double?
  /// Requests that wait in the engine's queue.
  package var waitingRequests: Double?
  /// Share of the KV cache in use, from 0 to 1.
  package var kvCacheUsage: Double?
  /// Tokens of prompts per second.
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
  /// Places for LoRA adapters in use.
  package var loraSlotsUsed: Double?
  /// Places for LoRA adapters that the engine has.
  package var loraSlotsTotal: Double?

  package init(takenAt: Timestamp) {
    self.takenAt = takenAt
  }
}

extension Readings {
  /// Merges the readings of another replica: amounts and rates add up, of shares and durations the largest counts, and
  /// the whole is as old as its oldest part.
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

/// Both joined, or the only one.
private func either(_ a: Double?, _ b: Double?, _ join: (Double, Double) -> Double) -> Double? {
  guard let a else { return b }
  guard let b else { return a }
  return join(a, b)
}
