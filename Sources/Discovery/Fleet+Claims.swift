import Catalog

/// Who claims which engine.
extension Fleet {
  /// An engine as its sources describe it.
  package struct Described: Sendable {
    package var id: String
    /// Its URL is empty where it has none.
    package var place: EnginePlace
    package var kind: String
    package var labels: [String: String]
    package var podUID: String
    /// Names of those that claim it, in the order in which they count.
    package var sources: [String]
  }

  /// All engines that are claimed now, in no order.
  package var described: [Described] {
    withState { state in
      state.members.map { Described($0, $1) } + state.told.map { Described($0, $1) }
    }
  }

  /// nil when nobody claims one of this id.
  package func described(engine id: String) -> Described? {
    withState { state in
      state.members[id].map { Described(id, $0) } ?? state.told[id].map { Described(id, $0) }
    }
  }

  /// Where the engine is that has an id, if it has an address, and who claims it; nil when the id is free. One that the
  /// store knows and nobody has claimed yet has it too.
  func holder(ofID id: String) -> (place: EnginePlace?, sources: [String])? {
    withState { state in
      if let member = state.members[id] { return (member.tracker.spec.place, member.sources) }
      if let told = state.told[id] { return (EnginePlace(told.facts), told.sources) }
      return state.remembered[id].map { (EnginePlace($0.facts), []) }
    }
  }
}

extension Fleet.Described {
  fileprivate init(_ id: String, _ member: FleetState.Member) {
    let spec = member.tracker.spec
    self.init(
      id: id, place: spec.place, kind: spec.kind?.rawValue ?? "", labels: spec.labels, podUID: spec.podUID,
      sources: member.sources)
  }

  fileprivate init(_ id: String, _ told: FleetState.ToldMember) {
    let facts = told.facts
    self.init(
      id: id, place: EnginePlace(cluster: facts.cluster, namespace: facts.namespace, url: facts.endpoint),
      kind: facts.kind, labels: facts.labels, podUID: facts.podUID, sources: told.sources)
  }
}
