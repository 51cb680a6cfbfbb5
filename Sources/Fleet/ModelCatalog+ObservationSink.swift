package import Catalog

extension ModelCatalog: ObservationSink {
  package func noteAlive(engineID: String, at: Timestamp, load: EngineLoad?) {
    readings.note(engineID: engineID, observedAt: at, load: load)
  }

  package func forgetReadings(engineID: String) {
    readings.forget(engineID: engineID)
  }

  package func sweepCompleted() {
    markReady()
  }
}
