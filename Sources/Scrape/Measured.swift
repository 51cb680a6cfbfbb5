package import Catalog

/// What one scrape tells in the light of those before it.
package struct Measured: Hashable, Sendable {
  package var load: EngineLoad
  /// A counter of tokens, finished requests or steps grew since the scrape before; false on the first.
  package var hasProgressed = false
  /// The process is another one than at the scrape before, or counts anew.
  package var isRestarted = false
  /// nil: not told.
  package var isAsleep: Bool?
  /// Requests that run or wait; nil: not told.
  package var inFlight: Double?
}
