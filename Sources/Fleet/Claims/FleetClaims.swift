import Catalog

/// What all sources together claim: which engines there are, under which ids, and as whom they are described. A pure
/// function of what is believed of each source and of what stands.
struct FleetClaims {
  /// An engine that is to be probed.
  struct Probed {
    var spec: EngineSpec
    /// Who claims it, in order; the first describes it.
    var sources: [String]
    /// Whose claim gave it its id.
    var namedBy: String
    var doubt: String
  }

  /// An engine of which its source tells everything.
  struct Told {
    var engine: UnprobedEngine
    var sources: [String]
    var doubt: String
    /// Why the source that tells of it cannot be asked; nil when it can.
    var silence: String?
  }

  /// Another engine has the id already.
  struct Refused: Hashable, Sendable {
    var source: String
    var id: String
    var url: String
  }

  /// Who has which place now, and who named it so.
  typealias Standing = [EnginePlace: (id: String, namedBy: String)]

  private(set) var probed: [Probed] = []
  private(set) var told: [Told] = []
  private(set) var refused: Set<Refused> = []

  private typealias Named = (source: String, spec: EngineSpec, isLeftOut: Bool)

  /// `sources` in the order in which they count; `remembered`: ids that the store has for places that nobody has now.
  init(_ sources: [(name: String, heard: SourceState)], standing: Standing, remembered: [EnginePlace: String]) {
    var places: [EnginePlace] = []
    var claims: [EnginePlace: [Named]] = [:]
    for (name, heard) in sources {
      let leftOut = heard.sourceGuard.leftOut
      for case .probed(let spec) in heard.sourceGuard.believed {
        if claims[spec.place] == nil { places.append(spec.place) }
        claims[spec.place, default: []].append((name, spec, leftOut.contains(spec.id)))
      }
    }
    let names = Set(claims.values.joined().lazy.map(\.spec.id))
    var taken: Set<String> = []
    // Who stands keeps its id before anyone who comes gets one.
    for isStanding in [true, false] {
      for place in places where (standing[place] != nil) == isStanding {
        guard let here = claims[place] else { continue }
        let name = Self.name(here, standing[place], remembered[place].flatMap { names.contains($0) ? nil : $0 }, taken)
        guard let name else {
          refused.insert(Refused(source: here[0].source, id: here[0].spec.id, url: place.url))
          continue
        }
        taken.insert(name.id)
        probed.append(Self.merged(here, id: name.id, namedBy: name.namedBy))
      }
    }
    tell(sources, places: Set(places), ids: taken)
  }

  private static func name(
    _ claims: [Named], _ standing: (id: String, namedBy: String)?, _ remembered: String?, _ taken: Set<String>
  ) -> (id: String, namedBy: String)? {
    if let standing {
      // Who named it may give it another name; when that one is gone, the name stays.
      guard let claim = claims.first(where: { $0.source == standing.namedBy }) else { return standing }
      if !taken.contains(claim.spec.id) { return (claim.spec.id, claim.source) }
    }
    if let remembered, !taken.contains(remembered) { return (remembered, "") }
    return claims.first { !taken.contains($0.spec.id) }.map { ($0.spec.id, $0.source) }
  }

  /// One engine of all claims of one place.
  private static func merged(_ claims: [Named], id: String, namedBy: String) -> Probed {
    let first = claims[0]
    var spec = first.spec.named(id)
    for other in claims.dropFirst().map(\.spec) {
      if spec.word == .none { spec.word = other.word }
      if spec.podUID.isEmpty { spec.podUID = other.podUID }
      if spec.models.isEmpty { spec.models = other.models }
      if spec.modelVersion.isEmpty { spec.modelVersion = other.modelVersion }
      if spec.workload.isEmpty { spec.workload = other.workload }
      spec.resources.merge(other.resources) { first, _ in first }
      spec.isDraining = spec.isDraining || other.isDraining
    }
    var sources: [String] = []
    for claim in claims where !sources.contains(claim.source) { sources.append(claim.source) }
    // One who still names it is enough.
    let doubt = claims.allSatisfy(\.isLeftOut) ? PendingRemoval.text(source: first.source) : ""
    return Probed(spec: spec, sources: sources, namedBy: namedBy, doubt: doubt)
  }

  /// Of several who tell of one engine counts who can be asked, then whose word came the shortest way: so that what is gone
  /// at its origin is gone everywhere, however peers are connected.
  private mutating func tell(
    _ sources: [(name: String, heard: SourceState)], places: Set<EnginePlace>, ids: Set<String>
  ) {
    var order: [String] = []
    var candidates: [String: [Told]] = [:]
    for (name, heard) in sources {
      let leftOut = heard.sourceGuard.leftOut
      for case .told(let engine) in heard.sourceGuard.believed {
        let id = engine.facts.id
        // Who can be probed need not be told of.
        guard !ids.contains(id), EnginePlace(engine.facts).map({ !places.contains($0) }) ?? true else { continue }
        if candidates[id] == nil { order.append(id) }
        let doubt = leftOut.contains(id) ? PendingRemoval.text(source: name) : ""
        candidates[id, default: []].append(
          Told(engine: engine, sources: [name], doubt: doubt, silence: heard.silence))
      }
    }
    for id in order {
      guard let tellers = candidates[id],
        var best = tellers.min(by: { Self.distance($0) < Self.distance($1) })
      else { continue }
      best.sources += tellers.flatMap(\.sources).filter { $0 != best.sources[0] }
      told.append(best)
    }
  }

  private static func distance(_ told: Told) -> (Int, Int, Int) {
    (told.silence == nil ? 0 : 1, told.doubt.isEmpty ? 0 : 1, told.engine.facts.via.count)
  }
}
