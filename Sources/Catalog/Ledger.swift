/// All facts that the store holds, with what is needed to tell which models a change of them touches.
struct Ledger: Sendable {
  /// A value of the store.
  struct Held<Value: Sendable>: Sendable {
    var value: Value
    /// The store's own revision of its last put.
    var modified: Int64
  }

  private(set) var engines: [Name: Held<EngineFacts>] = [:]
  /// By engine, then by model. There may be some whose engine is not known yet: its key is written last.
  private(set) var replicas: [Name: [Name: Held<ReplicaFacts>]] = [:]
  private(set) var seen: [ModelKey: Held<SeenFacts>] = [:]
  /// Declared, without those of engines.
  private(set) var labels: [ModelKey: Held<[String: String]>] = [:]
  /// By lease.
  private(set) var registrations: [Name: Registration] = [:]
  /// The known engines that serve a model, in no order.
  private(set) var holders: [ModelKey: Set<Name>] = [:]

  /// All that the store holds.
  init(_ facts: [(change: FactChange, modified: Int64)] = []) {
    seen.reserveCapacity(facts.count / 2)
    holders.reserveCapacity(facts.count / 2)
    var touched: Set<ModelKey>?
    apply(facts, touched: &touched)
  }

  /// Takes in one transaction of the store. Returns the keys of the models that may differ.
  mutating func apply(_ changes: [(change: FactChange, modified: Int64)]) -> Set<ModelKey> {
    var touched: Set<ModelKey>? = []
    apply(changes, touched: &touched)
    return touched ?? []
  }

  /// `touched` nil: nobody asks.
  private mutating func apply(
    _ changes: [(change: FactChange, modified: Int64)], touched: inout Set<ModelKey>?
  ) {
    // Models by engine that are others now: adapters over them inherit their length.
    var parents: [Name: Set<Name>] = [:]
    for (change, modified) in changes {
      switch change {
      case .engine(let facts):
        apply(facts, modified: modified, touched: &touched)
      case .engineGone(let id):
        let engine = Name(id)
        guard let old = engines.removeValue(forKey: engine) else { break }
        move(engine, from: old.value.namespace, to: nil, touched: &touched)
      case .replica(let engineID, let facts):
        let (engine, model) = (Name(engineID), Name(facts.modelID))
        let old = replicas[engine, default: [:]].updateValue(Held(value: facts, modified: modified), forKey: model)
        if touched != nil { parents[engine, default: []].insert(model) }
        guard let namespace = engines[engine]?.value.namespace else { break }
        let key = ModelKey(namespace: namespace, id: facts.modelID)
        if old == nil { holders[key, default: []].insert(engine) }
        touched?.insert(key)
      case .replicaGone(let engineID, let modelID):
        let (engine, model) = (Name(engineID), Name(modelID))
        guard replicas[engine]?.removeValue(forKey: model) != nil else { break }
        if replicas[engine]?.isEmpty == true { replicas[engine] = nil }
        if touched != nil { parents[engine, default: []].insert(model) }
        guard let namespace = engines[engine]?.value.namespace else { break }
        let key = ModelKey(namespace: namespace, id: modelID)
        removeHolder(engine, of: key)
        touched?.insert(key)
      case .seen(let key, let facts):
        seen[key] = Held(value: facts, modified: modified)
        touched?.insert(key)
      case .seenGone(let key):
        seen[key] = nil
        touched?.insert(key)
      case .labels(let key, let declared):
        labels[key] = Held(value: declared, modified: modified)
        touched?.insert(key)
      case .labelsGone(let key):
        labels[key] = nil
        touched?.insert(key)
      // What is claimed is no model until it is probed.
      case .registration(let registration):
        registrations[Name(registration.leaseID)] = registration
      case .registrationGone(let leaseID):
        registrations[Name(leaseID)] = nil
      }
    }
    touchHeirs(of: parents, touched: &touched)
  }

  /// The adapters of an engine that have their length from one of these models.
  func heirs(of parents: Set<Name>, on engine: Name) -> [Name] {
    guard !parents.isEmpty else { return [] }
    return replicas[engine, default: [:]].compactMap { model, held in
      held.value.inheritsLength && parents.contains(Name(held.value.parent)) ? model : nil
    }
  }

  private mutating func apply(_ facts: EngineFacts, modified: Int64, touched: inout Set<ModelKey>?) {
    let engine = Name(facts.id)
    let old = engines.updateValue(Held(value: facts, modified: modified), forKey: engine)
    if let old, sameBytes(old.value.namespace, facts.namespace) {
      for model in replicas[engine, default: [:]].keys {
        touched?.insert(ModelKey(namespace: facts.namespace, id: model.text))
      }
    } else {
      move(engine, from: old?.value.namespace, to: facts.namespace, touched: &touched)
    }
  }

  /// Moves all models of an engine to another namespace; nil is nowhere.
  private mutating func move(_ engine: Name, from: String?, to: String?, touched: inout Set<ModelKey>?) {
    for model in replicas[engine, default: [:]].keys {
      if let from {
        let key = ModelKey(namespace: from, id: model.text)
        removeHolder(engine, of: key)
        touched?.insert(key)
      }
      if let to {
        let key = ModelKey(namespace: to, id: model.text)
        holders[key, default: []].insert(engine)
        touched?.insert(key)
      }
    }
  }

  private mutating func removeHolder(_ engine: Name, of key: ModelKey) {
    holders[key]?.remove(engine)
    if holders[key]?.isEmpty == true { holders[key] = nil }
  }

  private func touchHeirs(of parents: [Name: Set<Name>], touched: inout Set<ModelKey>?) {
    for (engine, models) in parents {
      guard let namespace = engines[engine]?.value.namespace else { continue }
      for model in heirs(of: models, on: engine) {
        touched?.insert(ModelKey(namespace: namespace, id: model.text))
      }
    }
  }
}

extension ReplicaFacts {
  /// An adapter that tells no length has its parent's on the same engine.
  var inheritsLength: Bool { kind == .adapter && maxModelLen == 0 }
}
