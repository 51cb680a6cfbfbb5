package import Catalog

/// The figures of one scrape in the light of those before it.
package struct Measured: Hashable, Sendable {
  package var load: EngineLoad
  /// A counter of tokens, finished requests or steps grew since the scrape before; false on the first.
  package var hasProgressed = false
  /// The process is another one than at the scrape before, or counts anew.
  package var isRestarted = false
  /// nil: the engine does not report it.
  package var isAsleep: Bool?
  /// Requests that run or wait; nil: the engine does not report them.
  package var inFlight: Double?
}
