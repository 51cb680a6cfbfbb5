/// The load that an engine reports, as `rollcall.v1.Readings`; a value that it does not report is nil.
///
/// Durations in seconds, shares from 0 to 1, rates per second.
package struct Readings: Hashable, Sendable {
  package var takenAt: Timestamp
  package var runningRequests: Double?
  package var waitingRequests: Double?
  package var kvCacheUsage: Double?
  package var promptTokensPerSecond: Double?
  package var generationTokensPerSecond: Double?
  package var ttftP50: Double?
  package var ttftP99: Double?
  package var itlP50: Double?
  package var itlP99: Double?
  package var e2eP50: Double?
  package var e2eP99: Double?
  package var loraSlotsUsed: Double?
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
