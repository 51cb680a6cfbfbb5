import Catalog
import TestKit

/// What the catalog must be, kept in dictionaries and made from nothing each time.
struct CatalogModel {
  private(set) var engines: [String: EngineFacts] = [:]
  private(set) var models: [String: [String: ReplicaFacts]] = [:]
  private var created: [ModelKey: Timestamp] = [:]
  /// The uptime at which a model went.
  private var gone: [ModelKey: Duration] = [:]
  private(set) var labels: [ModelKey: [String: String]] = [:]

  mutating func take(_ observation: Observation, at now: Timestamp, uptime: Duration) {
    switch observation {
    case .forgotten(let engineID):
      engines[engineID] = nil
      models[engineID] = nil
    case .engineOnly(let facts):
      set(facts)
    case .engine(let facts, let listed):
      set(facts)
      var next: [String: ReplicaFacts] = [:]
      for var model in listed where next[model.modelID] == nil {
        if let known = models[facts.id]?[model.modelID]?.condition, known.state == model.condition?.state {
          model.condition?.changedAt = known.changedAt
        }
        next[model.modelID] = model
      }
      models[facts.id] = next
    }
    let served = self.served
    for key in served {
      created[key] = created[key] ?? now
      gone[key] = nil
    }
    for key in created.keys where !served.contains(key) { gone[key] = gone[key] ?? uptime }
  }

  private var served: Set<ModelKey> {
    Set(engines.flatMap { id, facts in models[id, default: [:]].keys.map { key($0, facts.namespace) } })
  }

  mutating func declare(_ labels: [String: String], of key: ModelKey) {
    self.labels[key] = labels
  }

  /// What is gone for longer than this is not remembered.
  mutating func forget(at uptime: Duration, remember: Duration) {
    for (key, since) in gone where uptime - since > remember {
      created[key] = nil
      gone[key] = nil
      labels[key] = nil
    }
  }

  private mutating func set(_ facts: EngineFacts) {
    var facts = facts
    if let known = engines[facts.id]?.condition, known.state == facts.condition.state {
      facts.condition.changedAt = known.changedAt
    }
    engines[facts.id] = facts
  }

  /// All models, without revisions.
  var derived: [ModelKey: Model] {
    var served: [ModelKey: [ReplicaInput]] = [:]
    for (engineID, facts) in engines {
      let own = models[engineID, default: [:]]
      for replica in own.values {
        served[ModelKey(namespace: facts.namespace, id: replica.modelID), default: []].append(
          ReplicaInput(engine: facts, replica: replica, parentMaxModelLen: own[replica.parent]?.maxModelLen ?? 0))
      }
    }
    return Dictionary(
      uniqueKeysWithValues: served.compactMap { key, served in
        derive(key, served: served, created: created[key] ?? moment(0), declared: labels[key] ?? [:]).map { (key, $0) }
      })
  }
}

/// Random observations over few engines, namespaces and ids, so that they meet.
struct Weather {
  var random: SeededGenerator
  private var last: [String: EngineFacts] = [:]
  private var lastModels: [String: [ReplicaFacts]] = [:]

  init(random: SeededGenerator) {
    self.random = random
  }

  private static let namespaces = ["a", "ab", "a/b", "default"]
  static let engineIDs = (0..<8).map { "http://h/\($0)" }
  private static let modelIDs = (0..<40).map { "meta/m-\($0)" } + ["m", "m/", "m-", "é", "日本", "meta", "M"]

  mutating func observation() -> Observation {
    switch Int.random(in: 0..<20, using: &random) {
    case 0: return .forgotten(engineID: pick(Self.engineIDs))
    case 1...3: return .engineOnly(engine())
    // Too much for one transaction.
    case 4:
      return .engine(engine(), models: (0..<Int.random(in: 60..<140, using: &random)).map { replica("big/\($0)") })
    default:
      let facts = engine()
      // Often some of what it listed last comes or goes, and the rest stays.
      var models = chance(2) ? lastModels[facts.id, default: []].filter { _ in !chance(4) } : []
      models += (0..<Int.random(in: 0..<8, using: &random)).map { _ in replica(pick(Self.modelIDs)) }
      lastModels[facts.id] = models
      return .engine(facts, models: models)
    }
  }

  /// Often what was said of it last, so that its models alone differ.
  private mutating func engine() -> EngineFacts {
    let id = pick(Self.engineIDs)
    if let known = last[id], chance(2) { return known }
    let facts = engine(id)
    last[id] = facts
    return facts
  }

  private mutating func engine(_ id: String) -> EngineFacts {
    // Most engines stay where they are.
    let home = Self.namespaces[id.utf8.count(where: { $0 % 2 == 0 }) % 2]
    return EngineFacts(
      id: id, endpoint: id, kind: "vllm", version: pick(["1", "2"]),
      namespace: chance(10) ? pick(Self.namespaces) : home, labels: chance(2) ? ["team": pick(["x", "y"])] : [:],
      condition: condition())
  }

  private mutating func replica(_ id: String) -> ReplicaFacts {
    ReplicaFacts(
      modelID: id, kind: chance(4) ? .adapter : .base, root: pick(["", "r", "s"]), parent: pick(Self.modelIDs),
      maxModelLen: pick([0, 0, 1_024, 2_048]), condition: chance(5) ? condition() : nil)
  }

  private mutating func condition() -> Condition {
    let states: [ModelState] = [.ready, .ready, .ready, .loading, .cold, .draining, .unreachable, .failed]
    return CatalogTests.condition(pick(states), at: Int64.random(in: 1..<1_000, using: &random))
  }

  mutating func pick<T>(_ choices: [T]) -> T { choices[Int.random(in: 0..<choices.count, using: &random)] }

  mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }
}
