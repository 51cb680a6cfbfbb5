import Catalog

/// What is to be recorded, in order, at most one observation per engine: a store that stalls makes it no longer than
/// the fleet is.
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

  /// Takes the first ones.
  mutating func take(_ count: Int) -> [Observation] {
    let ids = order.prefix(count)
    order.removeFirst(ids.count)
    return ids.compactMap { waiting.removeValue(forKey: $0) }
  }

  /// Puts back what could not be recorded, before whatever was pushed since.
  mutating func putBack(_ observations: [Observation]) {
    let later = take(order.count)
    for observation in observations + later {
      push(observation)
    }
  }
}

extension Observation {
  /// One observation that says what an older one and then this one say.
  fileprivate func after(_ old: Observation) -> Observation {
    switch (old, self) {
    case (.engine(_, let models), .engineOnly(let facts)): .engine(facts, models: models)
    case (.forgotten, .engineOnly(let facts)): .engine(facts, models: [])
    default: self
    }
  }
}
