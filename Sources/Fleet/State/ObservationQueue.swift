import Catalog

/// The observations to be recorded, in order, at most one per engine: a store that stalls makes the queue no longer
/// than the fleet is.
struct ObservationQueue: Sendable {
  private var waiting: [String: Observation] = [:]
  private var order: [String] = []

  var count: Int { waiting.count }

  mutating func push(_ observation: Observation) {
    let id = observation.engineID
    if let old = waiting[id] {
      waiting[id] = observation.after(old)
    } else {
      waiting[id] = observation
      order.append(id)
    }
  }

  /// Takes the first observations.
  mutating func take(_ count: Int) -> [Observation] {
    let ids = order.prefix(count)
    order.removeFirst(ids.count)
    return ids.compactMap { waiting.removeValue(forKey: $0) }
  }

  /// Puts back observations that could not be recorded, before those that were pushed since.
  mutating func putBack(_ observations: [Observation]) {
    let later = take(order.count)
    for observation in observations + later {
      push(observation)
    }
  }
}

extension Observation {
  /// One observation in place of an older one followed by this one.
  fileprivate func after(_ old: Observation) -> Observation {
    switch (old, self) {
    case (.engine(_, let models), .engineOnly(let facts)): .engine(facts, models: models)
    case (.forgotten, .engineOnly(let facts)): .engine(facts, models: [])
    default: self
    }
  }
}
