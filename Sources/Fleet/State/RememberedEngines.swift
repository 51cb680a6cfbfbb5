import Catalog

/// Stored engines that no source has named yet.
struct RememberedEngines: Sendable {
  private var engines: [String: KnownEngine]
  /// Ids of engines of which the store has models alone.
  private var orphans: Set<String>

  init(_ known: [KnownEngine], orphans: [String]) {
    engines = Dictionary(known.map { ($0.facts.id, $0) }) { first, _ in first }
    self.orphans = Set(orphans)
  }

  subscript(id: String) -> EngineFacts? { engines[id]?.facts }

  /// The stored ids by place.
  var places: [EnginePlace: String] {
    Dictionary(
      engines.values.compactMap { known in EnginePlace(known.facts).map { ($0, known.facts.id) } }
    ) { first, _ in first }
  }

  /// Hands out the stored facts of an engine that a source names; nil when there are none. The stored models of an
  /// orphan stay until the engine reports its models.
  mutating func claim(_ id: String) -> KnownEngine? {
    orphans.remove(id)
    return engines.removeValue(forKey: id)
  }

  /// Removes the engines that no source can name any more. A source that has not answered yet may name any of them, so
  /// that its outage removes none.
  mutating func takeUnnamed(_ sources: SourceLedger) -> [(id: String, state: ModelState)] {
    var gone: [(id: String, state: ModelState)] = []
    for (id, known) in engines.sorted(by: { $0.key < $1.key }) {
      // Only the peer that reported an engine can name it again; every other engine only a source that is no peer.
      if let peer = known.facts.via.last {
        guard sources.isSynced(SourceID(.peer, peer)) else { continue }
      } else {
        guard sources.lacksPeersAlone else { continue }
      }
      engines[id] = nil
      gone.append((id, known.facts.condition.state))
    }
    return gone
  }

  /// Removes the orphans, once every source has answered.
  mutating func takeOrphans() -> [String] {
    defer { orphans = [] }
    return orphans.sorted()
  }

  /// Marks the engines of a peer that does not answer as last known; returns the changes.
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
