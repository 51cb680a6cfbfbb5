import Catalog

/// The fleet's output: observations for the catalog and events for the log.
struct FleetOutbox: Sendable {
  private(set) var queue = ObservationQueue()
  private(set) var events: [FleetEvent] = []
  /// Observations of the first sweep that are still to be recorded; nil while the sweep goes on. Later ones, from
  /// engines that flap, are not waited for.
  private(set) var unrecorded: Int?

  mutating func push(_ observation: Observation?) {
    if let observation { queue.push(observation) }
  }

  mutating func note(_ event: FleetEvent) { events.append(event) }

  /// Notes that an engine's state changed; a nil state means that the engine was not known, or is forgotten.
  mutating func noteChange(_ id: String, from old: ModelState?, to new: ModelState?, reason: String) {
    events.append(.changed(StateChange(engineID: id, from: old, to: new, reason: reason)))
  }

  /// Forgets an engine that no source names any more.
  mutating func forget(_ id: String, from state: ModelState?) {
    queue.push(.forgotten(engineID: id))
    noteChange(id, from: state, to: nil, reason: "no source names it any more")
  }

  /// Ends the first sweep: the observations that wait now belong to it.
  mutating func endSweep() { unrecorded = queue.count }

  mutating func takeEvents() -> [FleetEvent] {
    defer { events = [] }
    return events
  }

  /// The next observations to record.
  mutating func take(_ limit: Int) -> [Observation] {
    let batch = queue.take(limit)
    unrecorded = unrecorded.map { $0 - batch.count }
    return batch
  }

  /// Takes back observations that could not be recorded.
  mutating func putBack(_ batch: [Observation]) {
    queue.putBack(batch)
    unrecorded = unrecorded.map { $0 + batch.count }
  }
}
