package import Catalog

extension Catalogue: ObservationSink {
  package func noteAlive(engineID: String, at: Timestamp) {
    readings.note(engineID: engineID, observedAt: at)
  }

  package func forgetReadings(engineID: String) {
    readings.forget(engineID: engineID)
  }

  package func sweepCompleted() {
    markReady()
  }
}
