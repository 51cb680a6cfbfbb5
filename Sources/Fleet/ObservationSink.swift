package import Catalog

/// The sink for the observations of discovery: the catalog.
package protocol ObservationSink: Sendable {
  /// Returns when it is committed. Called by one task, in order.
  func record(_ observations: [Observation], at: Timestamp) async throws
  /// Notes that the engine has just confirmed its facts, with its load; nil: the load is unknown.
  func noteAlive(engineID: String, at: Timestamp, load: EngineLoad?)
  /// Drops the engine's readings.
  func forgetReadings(engineID: String)
  /// Notes that every source has answered and every engine was probed, or their time was up, and that all of it is
  /// recorded: an empty list is now true. Called once.
  func sweepCompleted()
}
