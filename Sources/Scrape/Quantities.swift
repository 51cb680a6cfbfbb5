/// A quantity that rises and falls.
package enum Gauge: Hashable, Sendable {
  case runningRequests
  case waitingRequests
  /// The share of the KV cache in use, as the engine reports it: a ratio or a percentage.
  case kvCacheUsage
  /// Whether the engine is awake; 0 means asleep.
  case awake
  /// The start time of the process, in seconds since the Unix epoch.
  case startTime
  case loraSlotsUsed
  case loraSlotsTotal

  /// Joins the values of two parts of an engine, as data-parallel ranks are.
  func join(_ a: Double, _ b: Double) -> Double {
    switch self {
    case .runningRequests, .waitingRequests, .loraSlotsUsed, .loraSlotsTotal: a + b
    case .kvCacheUsage, .startTime: .maximum(a, b)
    case .awake: .minimum(a, b)
    }
  }

  /// Joins two reports of the same quantity, as tensor-parallel ranks make them. The ranks report at slightly different
  /// times, and an unknown report beside a known one does not count.
  func joinCopies(_ a: Double, _ b: Double) -> Double {
    self == .awake ? .minimum(a, b) : .maximum(a, b)
  }
}

/// A quantity that only grows while the engine's process lives.
package enum Counter: Hashable, Sendable, CaseIterable {
  case promptTokens
  case generatedTokens
  case finishedRequests
  /// Steps of the engine's core, in any unit. They also grow during a long request.
  case steps
}

/// A duration that engines report as a histogram, in seconds.
package enum Timing: Hashable, Sendable, CaseIterable {
  /// The time from a request to its first token.
  case ttft
  /// The time from one token to the next.
  case itl
  /// The time from a request to the end of its response.
  case e2e
}
