/// An amount that goes up and down.
package enum Gauge: Hashable, Sendable {
  case runningRequests
  case waitingRequests
  /// A share from 0 to 1.
  case kvCacheUsage
  /// 0: asleep.
  case awake
  /// Of the process, in seconds since the Unix epoch.
  case startTime
  case loraSlotsUsed
  case loraSlotsTotal

  /// Puts the series of one name together, as data-parallel engines have them.
  func join(_ a: Double, _ b: Double) -> Double {
    switch self {
    case .runningRequests, .waitingRequests, .loraSlotsUsed, .loraSlotsTotal: a + b
    case .kvCacheUsage, .startTime: .maximum(a, b)
    case .awake: .minimum(a, b)
    }
  }
}

/// An amount that only grows while its process lives.
package enum Counter: Hashable, Sendable, CaseIterable {
  case promptTokens
  case generatedTokens
  case finishedRequests
  /// Work of the engine's core, in any unit: it grows in the midst of long requests, too.
  case steps
}

/// Durations that engines report as a histogram, in seconds.
package enum Timing: Hashable, Sendable, CaseIterable {
  /// From a request to its first token.
  case ttft
  /// From one token to the next.
  case itl
  /// From a request to the end of its answer.
  case e2e
}
