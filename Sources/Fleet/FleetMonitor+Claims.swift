import Catalog

/// Who claims which engine.
extension FleetMonitor {
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

  /// Who has an id now that an engine is to have (where that one is, if it has an address, and who claims it), and under
  /// which id the engine is known already. One that the store knows and nobody has claimed yet has its id too.
  package func standing(of spec: EngineSpec) -> (holder: (place: EnginePlace?, sources: [String])?, known: String?) {
    withState { state in
      if let member = state.members[spec.id] {
        let place = member.tracker.spec.place
        return ((place, member.sources), place == spec.place ? spec.id : state.id(of: spec))
      }
      let facts = state.told[spec.id]?.facts ?? state.remembered[spec.id]?.facts
      let holder = facts.map { (EnginePlace($0), state.told[spec.id]?.sources ?? []) }
      return (holder, state.id(of: spec))
    }
  }
}

extension FleetState {
  /// The id of the engine where this one is. Without a text per engine: many ask when many register at once.
  fileprivate func id(of spec: EngineSpec) -> String? {
    members.first { _, member in
      let other = member.tracker.spec
      return other.url == spec.url && other.namespace == spec.namespace && other.cluster == spec.cluster
    }?.key
  }
}

extension FleetMonitor.Described {
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
