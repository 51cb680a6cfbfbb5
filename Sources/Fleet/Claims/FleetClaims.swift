import Catalog

/// A claim by its place: the source, its part, and the id that it gives the engine.
struct ClaimRef: Hashable, Sendable {
  var source: SourceID
  var part: String
  var id: String
}

/// The engines that all sources together claim: their ids, and the source that describes each. A pure function of the
/// claims that count and of the names that engines have.
struct FleetClaims: Sendable {
  /// A claimed engine that is to be probed.
  struct Probed: Hashable, Sendable {
    var spec: EngineSpec
    /// Its claimants, in order; the first describes it.
    var sources: [SourceID]
    /// The source whose claim gave it its id; nil: the store.
    var namedBy: SourceID?
    /// The source that no longer names the engine, while its removal is pending; nil: none is pending.
    var pendingRemoval: SourceID?
    var refs: [ClaimRef] = []
  }

  /// A claimed engine that is not probed, because its source reports all of its facts.
  struct Unprobed: Sendable {
    var engine: UnprobedEngine
    /// The sources that report it; the first counts.
    var sources: [SourceID]
    /// The source that no longer names the engine, while its removal is pending; nil: none is pending.
    var pendingRemoval: SourceID?
    /// Why the source that reports it does not answer; nil when it does.
    var outage: String?
    var refs: [ClaimRef] = []
    var isOmitted = false
    var isRemembered = false

    /// Whether another has the same facts, readings apart.
    func isSame(as other: Unprobed) -> Bool {
      Claim.unprobed(engine).isSame(as: .unprobed(other.engine)) && sources == other.sources
        && pendingRemoval == other.pendingRemoval && outage == other.outage
    }
  }

  /// A claim that is refused, because another engine has its id already.
  struct Refused: Hashable, Sendable {
    var source: SourceID
    var id: String
    var url: String
  }

  /// The id of the engine at a place, and the source that gave it; nil: the store.
  struct Name: Sendable {
    var id: String
    var namedBy: SourceID?
  }

  /// In the order in which the sources name them.
  private(set) var probed: [Probed] = []
  private(set) var unprobed: [Unprobed] = []
  private(set) var refused: Set<Refused> = []
  private var names: [EnginePlace: Name] = [:]
  private var places: [String: Int] = [:]

  fileprivate struct Named {
    var ref: ClaimRef
    var spec: EngineSpec
    var standing: Standing

    /// What is shown as the claimant: a claim that only the store remembers is the store's.
    var source: SourceID { standing == .remembered ? .store : ref.source }
  }

  init() {}

  /// `withheld`: claims whose keys are not sent. `old`: the claims before, whose engines keep their ids.
  init(_ states: [SourceID: SourceState], _ withheld: Set<ClaimRef>, after old: FleetClaims, at up: Duration) {
    let sources = states.sorted { $0.key < $1.key }
    var order: [EnginePlace] = []
    var claims: [EnginePlace: [Named]] = [:]
    for (source, state) in sources {
      for (part, entry) in state.entries(at: up) {
        guard var spec = entry.claim.spec else { continue }
        let ref = ClaimRef(source: source, part: part, id: spec.id)
        if withheld.contains(ref) { spec.withholdKey() }
        if claims[spec.place] == nil { order.append(spec.place) }
        claims[spec.place, default: []].append(Named(ref: ref, spec: spec, standing: entry.standing))
      }
    }
    // The places at which sources name an id now.
    var given: [String: Set<EnginePlace>] = [:]
    for (place, here) in claims {
      for claim in here where claim.standing.isNamed { given[claim.spec.id, default: []].insert(place) }
    }
    var taken: Set<String> = []
    // An engine that is known keeps its id before a new one gets any.
    for isKnown in [true, false] {
      for place in order where (old.names[place] != nil) == isKnown {
        guard let here = claims[place] else { continue }
        let known = old.names[place].flatMap { known in
          // The id went to another place, as that of a pod with a new address does.
          given[known.id].map { $0.contains(place) } ?? true ? known : nil
        }
        guard let name = Self.name(here, known, taken) else {
          refused.insert(Refused(source: here[0].source, id: here[0].spec.id, url: place.url))
          continue
        }
        taken.insert(name.id)
        names[place] = name
        places[name.id] = probed.count
        probed.append(Self.merged(here, name))
      }
    }
    addUnprobed(sources, places: Set(order), ids: taken, at: up)
  }

  /// Gives the engine of a claim the id that the store has for it.
  mutating func name(_ claim: Claim, _ id: String, by source: SourceID) {
    guard let place = claim.spec?.place else { return }
    names[place] = Name(id: id, namedBy: claim.id == id && source != .store ? source : names[place]?.namedBy)
  }

  /// The id of the engine that is probed at a place; nil when there is none.
  func id(at place: EnginePlace) -> String? { names[place]?.id }

  /// The claims on an engine that is probed.
  func claims(on id: String) -> [ClaimRef] { places[id].map { probed[$0].refs } ?? [] }

  func probed(_ id: String) -> Probed? { places[id].map { probed[$0] } }

  /// Ids of the engines whose facts a source reports, and no other source before it.
  func reported(by source: SourceID) -> Set<String> {
    Set(unprobed.lazy.filter { $0.sources.first == source }.map(\.engine.facts.id))
  }

  /// The workloads that any engine belongs to.
  var workloads: Set<String> {
    Set(probed.lazy.map(\.spec.workload)).union(unprobed.lazy.map(\.engine.workload)).subtracting([""])
  }

  private static func name(_ claims: [Named], _ known: Name?, _ taken: Set<String>) -> Name? {
    if let known {
      // The source that named it may give it another name; without that source the name stays. Of several names that
      // the source gives, as after a restart, it keeps its own.
      let given = claims.filter { $0.ref.source == known.namedBy }
      guard let claim = given.first(where: { $0.spec.id == known.id }) ?? given.first else {
        return taken.contains(known.id) ? nil : known
      }
      if !taken.contains(claim.spec.id) { return Name(id: claim.spec.id, namedBy: claim.ref.source) }
    }
    return claims.first { !taken.contains($0.spec.id) }.map { Name(id: $0.spec.id, namedBy: $0.ref.source) }
  }

  /// Merges all claims of one place into one engine.
  private static func merged(_ claims: [Named], _ name: Name) -> Probed {
    var spec = claims[0].spec.named(name.id)
    for other in claims.dropFirst().map(\.spec) {
      if spec.key == nil, spec.isKeyUnknown, let key = other.key {
        spec.setKey(key)
        spec.keyScheme = other.keyScheme
      }
      if spec.lifecycle == .none { spec.lifecycle = other.lifecycle }
      if spec.podUID.isEmpty { spec.podUID = other.podUID }
      if spec.models.isEmpty { spec.models = other.models }
      if spec.modelVersion.isEmpty { spec.modelVersion = other.modelVersion }
      if spec.workload.isEmpty { spec.workload = other.workload }
      spec.resources.merge(other.resources) { first, _ in first }
      spec.isDraining = spec.isDraining || other.isDraining
    }
    spec.claims = claims.map(\.stored)
    var sources: [SourceID] = []
    for claim in claims where !sources.contains(claim.source) { sources.append(claim.source) }
    // One source that still names it is enough.
    let pendingRemoval = claims.allSatisfy(\.standing.isOmitted) ? claims[0].source : nil
    return Probed(
      spec: spec, sources: sources, namedBy: name.namedBy, pendingRemoval: pendingRemoval, refs: claims.map(\.ref))
  }

  /// Of several sources that report one engine, a source that answers counts first, then the one with the shortest way
  /// from the engine: so an engine that is gone at its origin is gone everywhere, however peers are connected.
  private mutating func addUnprobed(
    _ sources: [(key: SourceID, value: SourceState)], places: Set<EnginePlace>, ids: Set<String>, at up: Duration
  ) {
    var order: [String] = []
    var candidates: [String: [Unprobed]] = [:]
    for (source, state) in sources {
      for (part, entry) in state.entries(at: up) {
        guard case .unprobed(var engine) = entry.claim else { continue }
        let id = engine.facts.id
        // An engine that can be probed reports its facts itself.
        guard !ids.contains(id), EnginePlace(engine.facts).map({ !places.contains($0) }) ?? true else { continue }
        if candidates[id] == nil { order.append(id) }
        let minutes: Int? = if case .omitted(let minutes) = entry.standing { minutes } else { nil }
        engine.facts.claims = [entry.claim.stored(source: source, part: part, omittedMinutes: minutes)]
        candidates[id, default: []].append(
          Unprobed(
            engine: engine, sources: [entry.standing == .remembered ? .store : source],
            pendingRemoval: minutes == nil ? nil : source, outage: state.outage,
            refs: [ClaimRef(source: source, part: part, id: id)], isOmitted: minutes != nil,
            isRemembered: entry.standing == .remembered))
      }
    }
    for id in order {
      guard let claims = candidates[id], var best = claims.min(by: { Self.distance($0) < Self.distance($1) }) else {
        continue
      }
      if best.isOmitted, let named = claims.first(where: { !$0.isOmitted }) { best = named }
      let others = claims.filter { $0.refs != best.refs }
      best.engine.facts.claims += others.flatMap(\.engine.facts.claims)
      for source in others.flatMap(\.sources) where !best.sources.contains(source) { best.sources.append(source) }
      unprobed.append(best)
    }
  }

  private static func distance(_ claim: Unprobed) -> (Int, Int, Int) {
    let isUncertain = claim.isOmitted || claim.isRemembered
    return (claim.outage == nil ? 0 : 1, isUncertain ? 1 : 0, claim.engine.facts.via.count)
  }
}

extension FleetClaims.Named {
  /// The claim as the store keeps it.
  fileprivate var stored: EngineClaim {
    let minutes: Int? = if case .omitted(let minutes) = standing { minutes } else { nil }
    return Claim.probed(spec).stored(source: ref.source, part: ref.part, omittedMinutes: minutes)
  }
}

extension FleetClaims.Unprobed {
  /// The engine's facts for the catalog, after an older condition. What another Rollcall reported is last known while
  /// that Rollcall does not answer.
  func shown(after old: Condition?, at wall: Timestamp) -> EngineFacts {
    var facts = engine.facts
    if let outage, !facts.via.isEmpty {
      facts.condition = .cutOff(from: refs.first?.source ?? sources[0], outage, at: wall)
    }
    if let pendingRemoval {
      let finding = facts.reasonParts?.finding ?? facts.condition.reason
      facts.setReason(ReasonParts(finding: finding, pendingRemoval: pendingRemoval.description))
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
