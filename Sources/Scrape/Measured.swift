package import Catalog

/// The figures of one scrape, compared with earlier scrapes.
package struct Measured: Hashable, Sendable {
  package var load: EngineLoad
  /// Whether a counter of tokens, finished requests or steps grew since the last scrape; false on the first scrape.
  package var hasProgressed = false
  /// Whether the engine's process is new since the last scrape, or its counters started again.
  package var isRestarted = false
  /// Whether the engine sleeps; nil when the engine does not report it.
  package var isAsleep: Bool?
  /// The number of requests that run or wait; nil when the engine reports neither.
  package var inFlight: Double?
}
