import Catalog

/// The engines that all sources together claim: their ids, and the source that describes each. A pure function of the
/// believed claims of each source and of the engines that are known.
struct FleetClaims {
  /// A claimed engine that is to be probed.
  struct Probed {
    var spec: EngineSpec
    /// Its claimants, in order; the first describes it.
    var sources: [SourceID]
    /// The source whose claim gave it its id; nil: the store.
    var namedBy: SourceID?
    /// The source that no longer names the engine, while its removal is pending; nil: none is pending.
    var pendingRemoval: SourceID?
  }

  /// A claimed engine that is not probed, because its source reports all of its facts.
  struct Unprobed {
    var engine: UnprobedEngine
    /// The sources that report it; the first counts.
    var sources: [SourceID]
    /// The source that no longer names the engine, while its removal is pending; nil: none is pending.
    var pendingRemoval: SourceID?
    /// Why the source that reports it does not answer; nil when it does.
    var outage: String?
  }

  /// A claim that is refused, because another engine has its id already.
  struct Refused: Hashable, Sendable {
    var source: SourceID
    var id: String
    var url: String
  }

  /// The id of the engine at a place, and the source that gave it; nil: the store.
  struct Name {
    var id: String
    var namedBy: SourceID?
  }

  private(set) var probed: [Probed] = []
  private(set) var unprobed: [Unprobed] = []
  private(set) var refused: Set<Refused> = []

  private typealias Named = (source: SourceID, spec: EngineSpec, isLeftOut: Bool)

  /// `sources` in the order in which they count; `named`: the engine that is probed at a place; `remembered`: ids that
  /// the store has for places at which no engine is probed.
  init(
    _ sources: [(id: SourceID, state: SourceState)], named: (EnginePlace) -> Name?, remembered: [EnginePlace: String]
  ) {
    var places: [EnginePlace] = []
    var claims: [EnginePlace: [Named]] = [:]
    for (source, state) in sources {
      let leftOut = state.sourceGuard.leftOut
      for case .probed(let spec) in state.sourceGuard.believed {
        if claims[spec.place] == nil { places.append(spec.place) }
        claims[spec.place, default: []].append((source, spec, leftOut.contains(spec.id)))
      }
    }
    let names = Set(claims.values.joined().lazy.map(\.spec.id))
    var taken: Set<String> = []
    // An engine that is probed keeps its id before a new one gets any.
    for isKnown in [true, false] {
      for place in places where (named(place) != nil) == isKnown {
        guard let here = claims[place] else { continue }
        let name = Self.name(here, named(place), remembered[place].flatMap { names.contains($0) ? nil : $0 }, taken)
        guard let name else {
          refused.insert(Refused(source: here[0].source, id: here[0].spec.id, url: place.url))
          continue
        }
        taken.insert(name.id)
        probed.append(Self.merged(here, id: name.id, namedBy: name.namedBy))
      }
    }
    addUnprobed(sources, places: Set(places), ids: taken)
  }

  private static func name(
    _ claims: [Named], _ known: Name?, _ remembered: String?, _ taken: Set<String>
  ) -> Name? {
    if let known {
      // The source that named it may give it another name; without that source the name stays.
      guard let claim = claims.first(where: { $0.source == known.namedBy }) else { return known }
      if !taken.contains(claim.spec.id) { return Name(id: claim.spec.id, namedBy: claim.source) }
    }
    if let remembered, !taken.contains(remembered) { return Name(id: remembered, namedBy: nil) }
    return claims.first { !taken.contains($0.spec.id) }.map { Name(id: $0.spec.id, namedBy: $0.source) }
  }

  /// Merges all claims of one place into one engine.
  private static func merged(_ claims: [Named], id: String, namedBy: SourceID?) -> Probed {
    let first = claims[0]
    var spec = first.spec.named(id)
    for other in claims.dropFirst().map(\.spec) {
      if spec.lifecycle == .none { spec.lifecycle = other.lifecycle }
      if spec.podUID.isEmpty { spec.podUID = other.podUID }
      if spec.models.isEmpty { spec.models = other.models }
      if spec.modelVersion.isEmpty { spec.modelVersion = other.modelVersion }
      if spec.workload.isEmpty { spec.workload = other.workload }
      spec.resources.merge(other.resources) { first, _ in first }
      spec.isDraining = spec.isDraining || other.isDraining
    }
    var sources: [SourceID] = []
    for claim in claims where !sources.contains(claim.source) { sources.append(claim.source) }
    // One source that still names it is enough.
    let pendingRemoval = claims.allSatisfy(\.isLeftOut) ? first.source : nil
    return Probed(spec: spec, sources: sources, namedBy: namedBy, pendingRemoval: pendingRemoval)
  }

  /// Of several sources that report one engine, a source that answers counts first, then the one with the shortest way
  /// from the engine: so an engine that is gone at its origin is gone everywhere, however peers are connected.
  private mutating func addUnprobed(
    _ sources: [(id: SourceID, state: SourceState)], places: Set<EnginePlace>, ids: Set<String>
  ) {
    var order: [String] = []
    var candidates: [String: [Unprobed]] = [:]
    for (source, state) in sources {
      let leftOut = state.sourceGuard.leftOut
      for case .unprobed(let engine) in state.sourceGuard.believed {
        let id = engine.facts.id
        // An engine that can be probed reports its facts itself.
        guard !ids.contains(id), EnginePlace(engine.facts).map({ !places.contains($0) }) ?? true else { continue }
        if candidates[id] == nil { order.append(id) }
        candidates[id, default: []].append(
          Unprobed(
            engine: engine, sources: [source], pendingRemoval: leftOut.contains(id) ? source : nil,
            outage: state.outage))
      }
    }
    for id in order {
      guard let claims = candidates[id],
        var best = claims.min(by: { Self.distance($0) < Self.distance($1) })
      else { continue }
      best.sources += claims.flatMap(\.sources).filter { $0 != best.sources[0] }
      unprobed.append(best)
    }
  }

  private static func distance(_ claim: Unprobed) -> (Int, Int, Int) {
    (claim.outage == nil ? 0 : 1, claim.pendingRemoval == nil ? 0 : 1, claim.engine.facts.via.count)
  }
}

extension FleetClaims.Unprobed {
  /// The engine's facts for the catalog, after an older condition. What another Rollcall reported is last known while
  /// that Rollcall does not answer.
  func shown(after old: Condition?, at wall: Timestamp) -> EngineFacts {
    var facts = engine.facts
    if let outage, !facts.via.isEmpty { facts.condition = .cutOff(from: sources[0], outage, at: wall) }
    if let pendingRemoval {
      facts.setReason(ReasonParts(finding: facts.condition.reason, pendingRemoval: pendingRemoval.description))
    }
    if let old, old.state == facts.condition.state { facts.condition.changedAt = old.changedAt }
    return facts
  }
}

extension Condition {
  /// The condition of an engine whose source, a peer, does not answer.
  static func cutOff(from peer: SourceID, _ reason: String, at wall: Timestamp) -> Condition {
    Condition(
      state: .unreachable, cause: .peerUnreachable, reason: "\(peer.kind) \(peer.name) does not answer: \(reason)",
      changedAt: wall)
  }
}
