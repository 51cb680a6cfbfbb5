import Catalog
import Fleet
import Wire

/// A copy of the models that a peer reports, from which follow the engines that serve them. A value without I/O.
struct PeerMirror: Sendable {
  /// The peer's cluster (`cluster`) and this server's own (`home`).
  let cluster: String
  let home: String

  private var models: [ModelKey: ModelMessage] = [:]
  /// The part received so far of a list that is not complete; nil when no list is under way.
  private var list: [ModelKey: ModelMessage]? = [:]
  /// Ids of the engines in the last answer.
  private var reported: Set<String> = []
  /// Whether a complete list has replaced the models since the last answer.
  private var isListed = false
  /// The revision from which the watch resumes; 0: from the beginning.
  private(set) var revision: Int64 = 0
  /// Whether the open watch has confirmed all known models.
  private(set) var isSynced = false

  /// The most clusters that a replica may have passed through.
  private static let viaLimit = 32

  init(cluster: String, home: String) {
    self.cluster = cluster
    self.home = home
  }

  /// Prepares for another watch. When the last watch did not complete its list, the next starts from the beginning.
  mutating func begin() {
    isSynced = false
    if list != nil || revision == 0 { startOver() }
  }

  private mutating func startOver() {
    list = [:]
    revision = 0
  }

  /// Applies an event of the watch. Returns whether there is a new answer to report.
  mutating func take(_ event: WatchEvent) -> Bool {
    switch event.kind {
    case .reset:
      startOver()
      return false
    case .added, .modified:
      guard let key = event.key, let model = event.model else { return false }
      if list == nil { models[key] = model } else { list?[key] = model }
    case .removed:
      guard let key = event.key else { return false }
      if list == nil { models[key] = nil } else { list?[key] = nil }
    case .synced:
      if let list {
        models = list
        self.list = nil
        isListed = true
      }
      // A bookmark repeats a revision, and none is lower than the one before.
      revision = max(revision, event.revision)
      defer { isSynced = true }
      return !isSynced
    case .readings:
      guard list == nil, let key = event.key, let readings = event.readings else { return false }
      models[key]?.replicas.merge(readings.replicas) { $1 }
      return isSynced
    }
    // After RESET a revision counts again when the list is complete.
    if list == nil, event.revision > 0 { revision = event.revision }
    return isSynced
  }

  /// All engines of the peer's models, except those that the peer has from this server.
  mutating func answer(from source: SourceID) -> SourceAnswer {
    var engines: [String: Engine] = [:]
    for (key, message) in models.sorted(by: { $0.key < $1.key }) {
      for replica in message.model.replicas {
        let via = replica.via + [cluster]
        let origin = replica.cluster.isEmpty ? cluster : replica.cluster
        guard origin != home, !via.contains(home), via.count <= Self.viaLimit else { continue }
        // A peer that passes on an engine of another cluster keeps the id that the first cluster gave it.
        let id = replica.via.isEmpty ? "\(cluster)/\(replica.engineID)" : replica.engineID
        engines[id, default: Engine(id: id, namespace: key.namespace, cluster: origin, via: via, replica)]
          .add(message.model, replica, message.replicas[replica.engineID])
      }
    }
    let unprobed = engines.values.map(\.unprobed).sorted { $0.facts.id < $1.facts.id }
    let ids = Set(engines.keys)
    defer { (reported, isListed) = (ids, false) }
    // An engine that an event removed has ended. An engine that a list lacks may only be out of the peer's sight.
    return SourceAnswer(
      source: source, engines: [], unprobed: unprobed,
      ended: isListed ? [] : reported.subtracting(ids))
  }

  /// An engine that is assembled from the models that it serves.
  private struct Engine {
    private var facts: EngineFacts
    private var models: [(facts: ReplicaFacts, condition: Condition)] = []
    private var observedAt: Timestamp?
    private var load = EngineLoad()

    init(id: String, namespace: String, cluster: String, via: [String], _ replica: Replica) {
      facts = EngineFacts(
        id: id, endpoint: replica.endpoint, kind: replica.engineKind, version: replica.engineVersion,
        namespace: namespace, cluster: cluster, via: via, condition: replica.condition)
      facts.condition.cause = OldReason.read(replica.condition).cause
    }

    mutating func add(_ model: Model, _ replica: Replica, _ reading: ReplicaReading?) {
      // An id belongs to one namespace: when a peer reports it in a second namespace, the second is ignored.
      guard model.key.namespace == facts.namespace else { return }
      let replicaFacts = ReplicaFacts(
        modelID: model.key.id, kind: model.kind, ownedBy: model.ownedBy, root: replica.root,
        parent: model.kind == .adapter ? model.parent : "", version: model.version, maxModelLen: replica.maxModelLen,
        labels: model.labels)
      models.append((replicaFacts, replica.condition))
      guard let reading else { return }
      observedAt = [observedAt, reading.observedAt].compactMap(\.self).max()
      if reading.readings != nil || !reading.resources.isEmpty {
        load.models[model.key.id] = ModelLoad(readings: reading.readings, resources: reading.resources)
      }
    }

    var unprobed: UnprobedEngine {
      var facts = facts
      let conditions = models.map(\.condition)
      let isOne = conditions.allSatisfy {
        $0.state == conditions[0].state && $0.reason == conditions[0].reason
      }
      // When the models differ, each replica has its own state, which counts because the engine is READY.
      let condition =
        isOne
        ? conditions.min { $0.changedAt < $1.changedAt } ?? facts.condition
        : Condition(state: .ready, changedAt: conditions.map(\.changedAt).min() ?? facts.condition.changedAt)
      facts.condition = condition
      facts.condition.cause = OldReason.read(condition).cause
      let replicas = models.map { facts, condition in
        var facts = facts
        if !isOne {
          facts.condition = condition
          facts.condition?.cause = OldReason.cause(ofModel: condition)
        }
        return facts
      }
      return UnprobedEngine(
        facts: facts, models: replicas, observedAt: observedAt, load: load.models.isEmpty ? nil : load)
    }
  }
}
