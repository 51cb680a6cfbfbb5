import Catalog

/// What the store knows of engines that no source has named yet.
struct RememberedEngines: Sendable {
  private var engines: [String: KnownEngine]
  /// Engines that the store knows by nothing but their models.
  private var orphans: Set<String>

  init(_ known: [KnownEngine], orphans: [String]) {
    engines = Dictionary(known.map { ($0.facts.id, $0) }) { first, _ in first }
    self.orphans = Set(orphans)
  }

  subscript(id: String) -> EngineFacts? { engines[id]?.facts }

  /// Ids by the places that have one.
  var places: [EnginePlace: String] {
    Dictionary(
      engines.values.compactMap { known in EnginePlace(known.facts).map { ($0, known.facts.id) } }
    ) { first, _ in first }
  }

  /// Hands out what is known of an engine that a source names. What the store has of an orphan's models stays until the
  /// engine tells what it serves.
  mutating func claim(_ id: String) -> KnownEngine? {
    orphans.remove(id)
    return engines.removeValue(forKey: id)
  }

  /// Takes away the engines that no source can name any more. A source that has not answered yet may name any of them,
  /// so that its outage costs none.
  mutating func takeUnnamed(_ sources: SourceLedger) -> [(id: String, state: ModelState)] {
    var gone: [(id: String, state: ModelState)] = []
    for (id, known) in engines.sorted(by: { $0.key < $1.key }) {
      // What a peer told, that peer may name; all else only a source that is none.
      if let teller = known.facts.via.last {
        guard sources.isSynced(SourceID(.peer, teller)) else { continue }
      } else {
        guard sources.lacksPeersAlone else { continue }
      }
      engines[id] = nil
      gone.append((id, known.facts.condition.state))
    }
    return gone
  }

  /// Takes away the orphans, once every source has answered.
  mutating func takeOrphans() -> [String] {
    defer { orphans = [] }
    return orphans.sorted()
  }

  /// Makes engines of a peer that cannot be asked last known; returns what changed.
  mutating func cutOff(_ peer: SourceID, _ condition: Condition) -> [(facts: EngineFacts, before: ModelState)] {
    guard peer.kind == .peer else { return [] }
    var changes: [(facts: EngineFacts, before: ModelState)] = []
    for (id, known) in engines where known.facts.via.last == peer.name {
      let before = known.facts.condition.state
      guard before != .unreachable else { continue }
      var facts = known.facts
      facts.condition = condition
      engines[id] = (facts, known.models)
      changes.append((facts, before))
    }
    return changes
  }
}
