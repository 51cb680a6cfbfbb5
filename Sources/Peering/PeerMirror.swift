import Catalog
import Fleet
import Wire

/// The models of another Rollcall as the engines that serve them. A value without I/O.
struct PeerMirror: Sendable {
  /// The peer's, and our own.
  let cluster: String
  let home: String

  private var models: [ModelKey: ModelMessage] = [:]
  /// A list that is not whole yet; nil when there is none on its way.
  private var list: [ModelKey: ModelMessage]? = [:]
  private var told: Set<String> = []
  /// Whether a whole list replaced what was known since the answer before.
  private var isListed = false
  /// Where a watch goes on; 0: from the beginning.
  private(set) var revision: Int64 = 0
  /// Whether everything that is known was told by the watch that is open.
  private(set) var isSynced = false

  /// The most clusters between an engine and this server.
  private static let viaLimit = 32

  init(cluster: String, home: String) {
    self.cluster = cluster
    self.home = home
  }

  /// Another watch begins. One that did not come to the end of its list begins anew.
  mutating func begin() {
    isSynced = false
    if list != nil || revision == 0 { startOver() }
  }

  private mutating func startOver() {
    list = [:]
    revision = 0
  }

  /// Whether there is something to be told.
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
      revision = max(revision, event.revision)
      defer { isSynced = true }
      return !isSynced
    case .readings:
      guard list == nil, let key = event.key, let told = event.readings else { return false }
      models[key]?.replicas.merge(told.replicas) { $1 }
      return isSynced
    }
    if event.revision > 0 { revision = event.revision }
    return isSynced
  }

  /// All engines of the peer's models, but those that it has from us.
  mutating func answer(from source: SourceID) -> SourceAnswer {
    var engines: [String: Engine] = [:]
    for (key, message) in models.sorted(by: { $0.key < $1.key }) {
      for replica in message.model.replicas {
        let via = replica.via + [cluster]
        let origin = replica.cluster.isEmpty ? cluster : replica.cluster
        guard origin != home, !via.contains(home), via.count <= Self.viaLimit else { continue }
        // A peer that hands on another's engine leaves it the id that the first peer gave it.
        let id = replica.via.isEmpty ? "\(cluster)/\(replica.engineID)" : replica.engineID
        engines[id, default: Engine(id: id, namespace: key.namespace, cluster: origin, via: via, replica)]
          .add(message.model, replica, message.replicas[replica.engineID])
      }
    }
    let told = engines.values.map(\.told).sorted { $0.facts.id < $1.facts.id }
    let ids = Set(engines.keys)
    defer { (self.told, isListed) = (ids, false) }
    // What a change took away is gone; what a list lacks may be the peer's own blindness.
    return SourceAnswer(
      source: source, engines: [], unprobed: told, isExplicit: false,
      ended: isListed ? [] : self.told.subtracting(ids))
  }

  /// One engine on its way out of the models that it serves.
  private struct Engine {
    private var facts: EngineFacts
    private var models: [(facts: ReplicaFacts, condition: Condition)] = []
    private var observedAt: Timestamp?
    private var load = EngineLoad()

    init(id: String, namespace: String, cluster: String, via: [String], _ replica: Replica) {
      facts = EngineFacts(
        id: id, endpoint: replica.endpoint, kind: replica.engineKind, version: replica.engineVersion,
        namespace: namespace, cluster: cluster, via: via, condition: replica.condition)
    }

    mutating func add(_ model: Model, _ replica: Replica, _ reading: ReplicaReading?) {
      // An id is of one namespace alone; a peer that tells it of two is not believed the second time.
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

    var told: UnprobedEngine {
      var facts = facts
      let conditions = models.map(\.condition)
      let isOne = conditions.allSatisfy {
        $0.state == conditions[0].state && $0.reason == conditions[0].reason
      }
      // Where its models differ, each has its own state, which counts on an engine that is READY.
      facts.condition =
        isOne
        ? conditions.min { $0.changedAt < $1.changedAt } ?? facts.condition
        : Condition(state: .ready, changedAt: conditions.map(\.changedAt).min() ?? facts.condition.changedAt)
      let replicas = models.map { facts, condition in
        var facts = facts
        if !isOne { facts.condition = condition }
        return facts
      }
      return UnprobedEngine(
        facts: facts, models: replicas, observedAt: observedAt, load: load.models.isEmpty ? nil : load)
    }
  }
}
