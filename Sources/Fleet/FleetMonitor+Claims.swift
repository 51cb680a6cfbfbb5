import Catalog
import HTTP

/// The engines as their sources claim them.
extension FleetMonitor {
  /// An engine as its sources describe it.
  package struct Described: Sendable {
    package var id: String
    /// The URL is empty when the engine has no address.
    package var place: EnginePlace
    package var kind: String
    package var labels: [String: String]
    package var podUID: String
    /// Its claimants, in the order in which they count.
    package var sources: [SourceID]
    /// Whether any certificate of the engine is accepted.
    package var isInsecure = false
  }

  /// All engines that sources claim now, in no order.
  package var described: [Described] {
    withState { state in
      state.roster.members.map { Described($0, $1) } + state.unprobed.engines.map { Described($0, $1) }
    }
  }

  /// The engine of an id as its sources describe it; nil when no source claims it.
  package func described(engine id: String) -> Described? {
    withState { state in
      state.roster.members[id].map { Described(id, $0) } ?? state.unprobed.engines[id].map { Described(id, $0) }
    }
  }

  /// The engine that has an id.
  package struct Holder: Sendable {
    /// nil when the engine has no address.
    package var place: EnginePlace?
    package var sources: [SourceID]
  }

  /// The engine that has an id now, and the id under which the engine at a place is known already. An engine that only
  /// the store claims yet has its id too.
  package func holder(of id: String, place: EnginePlace) -> (holder: Holder?, known: String?) {
    withState { state in
      let known = state.roster.id(at: place)
      if let member = state.roster.members[id] {
        return (Holder(place: member.tracker.spec.place, sources: member.sources), known)
      }
      let unprobed = state.unprobed.engines[id]
      return (unprobed.map { Holder(place: EnginePlace($0.facts), sources: $0.sources) }, known)
    }
  }
}

extension FleetMonitor.Described {
  fileprivate init(_ id: String, _ member: FleetRoster.Member) {
    let spec = member.tracker.spec
    self.init(
      id: id, place: spec.place, kind: spec.kind?.rawValue ?? "", labels: spec.labels, podUID: spec.podUID,
      sources: member.sources, isInsecure: spec.tls.isInsecure)
  }

  fileprivate init(_ id: String, _ unprobed: UnprobedEngines.Entry) {
    let facts = unprobed.facts
    self.init(
      id: id, place: EnginePlace(cluster: facts.cluster, namespace: facts.namespace, url: facts.endpoint),
      kind: facts.kind, labels: facts.labels, podUID: facts.podUID, sources: unprobed.sources)
  }
}
