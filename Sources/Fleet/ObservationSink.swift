package import Catalog

/// Where discovery tells what it saw: the catalog.
package protocol ObservationSink: Sendable {
  /// Returns when it is committed. Called by one task, in order.
  func record(_ observations: [Observation], at: Timestamp) async throws
  /// Readings: the engine has just confirmed what is known of it, and told what it does, unless that is nil.
  func noteAlive(engineID: String, at: Timestamp, load: EngineLoad?)
  /// Drops the engine's readings.
  func forgetReadings(engineID: String)
  /// Every source has spoken and every engine was probed, or their time was up, and all of it is recorded: an empty
  /// list is now true. Called once.
  func sweepCompleted()
}
