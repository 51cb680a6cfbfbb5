/// All facts that the store holds, with the indexes that find the models that a change of facts affects.
struct Ledger: Sendable {
  /// A value of the store.
  struct Record<Value: Sendable>: Sendable {
    var value: Value
    /// The store's own revision of the last put.
    var modified: Int64
  }

  private(set) var engines: [ByteString: Record<EngineFacts>] = [:]
  /// Replicas by engine, then by model. A replica's engine may still be unknown, because the engine's key is written
  /// last.
  private(set) var replicas: [ByteString: [ByteString: Record<ReplicaFacts>]] = [:]
  private(set) var seen: [ModelKey: Record<SeenFacts>] = [:]
  /// Declared labels by model, without the labels of engines.
  private(set) var labels: [ModelKey: Record<[String: String]>] = [:]
  /// Registrations by lease.
  private(set) var registrations: [ByteString: Registration] = [:]
  /// The sources' claims by engine.
  private(set) var claims: [ByteString: [EngineClaim]] = [:]
  /// The known engines that serve a model, in no order.
  private(set) var holders: [ModelKey: Set<ByteString>] = [:]

  /// A ledger of all facts that the store holds.
  init(_ facts: [(change: FactChange, modified: Int64)] = []) {
    seen.reserveCapacity(facts.count / 2)
    holders.reserveCapacity(facts.count / 2)
    var touched: Set<ModelKey>?
    apply(facts, touched: &touched)
  }

  /// Applies one transaction of the store. Returns the keys of the models that may differ.
  mutating func apply(_ changes: [(change: FactChange, modified: Int64)]) -> Set<ModelKey> {
    var touched: Set<ModelKey>? = []
    apply(changes, touched: &touched)
    return touched ?? []
  }

  /// Applies changes and adds the affected models to `touched`; nil means that the caller does not need them.
  private mutating func apply(
    _ changes: [(change: FactChange, modified: Int64)], touched: inout Set<ModelKey>?
  ) {
    // The changed models by engine. Adapters of unknown length inherit their length from them.
    var parents: [ByteString: Set<ByteString>] = [:]
    for (change, modified) in changes {
      switch change {
      case .engine(let facts):
        apply(facts, modified: modified, touched: &touched)
      case .engineGone(let id):
        let engine = ByteString(id)
        guard let old = engines.removeValue(forKey: engine) else { break }
        move(engine, from: old.value.namespace, to: nil, touched: &touched)
      case .replica(let engineID, let facts):
        let (engine, model) = (ByteString(engineID), ByteString(facts.modelID))
        let old = replicas[engine, default: [:]].updateValue(Record(value: facts, modified: modified), forKey: model)
        if touched != nil { parents[engine, default: []].insert(model) }
        guard let namespace = engines[engine]?.value.namespace else { break }
        let key = ModelKey(namespace: namespace, id: facts.modelID)
        if old == nil { holders[key, default: []].insert(engine) }
        touched?.insert(key)
      case .replicaGone(let engineID, let modelID):
        let (engine, model) = (ByteString(engineID), ByteString(modelID))
        guard replicas[engine]?.removeValue(forKey: model) != nil else { break }
        if replicas[engine]?.isEmpty == true { replicas[engine] = nil }
        if touched != nil { parents[engine, default: []].insert(model) }
        guard let namespace = engines[engine]?.value.namespace else { break }
        let key = ModelKey(namespace: namespace, id: modelID)
        removeHolder(engine, of: key)
        touched?.insert(key)
      case .seen(let key, let facts):
        seen[key] = Record(value: facts, modified: modified)
        touched?.insert(key)
      case .seenGone(let key):
        seen[key] = nil
        touched?.insert(key)
      case .labels(let key, let declared):
        labels[key] = Record(value: declared, modified: modified)
        touched?.insert(key)
      case .labelsGone(let key):
        labels[key] = nil
        touched?.insert(key)
      // A registered engine has no models until a probe finds them.
      case .registration(let registration):
        registrations[ByteString(registration.leaseID)] = registration
      case .registrationGone(let leaseID):
        registrations[ByteString(leaseID)] = nil
      case .claims(let engineID, let claimed):
        claims[ByteString(engineID)] = claimed
      case .claimsGone(let engineID):
        claims[ByteString(engineID)] = nil
      }
    }
    touchHeirs(of: parents, touched: &touched)
  }

  /// The adapters of an engine that inherit their length from one of these models.
  func heirs(of parents: Set<ByteString>, on engine: ByteString) -> [ByteString] {
    guard !parents.isEmpty else { return [] }
    return replicas[engine, default: [:]].compactMap { model, held in
      held.value.inheritsLength && parents.contains(ByteString(held.value.parent)) ? model : nil
    }
  }

  private mutating func apply(_ facts: EngineFacts, modified: Int64, touched: inout Set<ModelKey>?) {
    let engine = ByteString(facts.id)
    let old = engines.updateValue(Record(value: facts, modified: modified), forKey: engine)
    if let old, sameBytes(old.value.namespace, facts.namespace) {
      for model in replicas[engine, default: [:]].keys {
        touched?.insert(ModelKey(namespace: facts.namespace, id: model.text))
      }
    } else {
      move(engine, from: old?.value.namespace, to: facts.namespace, touched: &touched)
    }
  }

  /// Moves all models of an engine to another namespace; a nil namespace means that the engine is absent there.
  private mutating func move(_ engine: ByteString, from: String?, to: String?, touched: inout Set<ModelKey>?) {
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

  private mutating func removeHolder(_ engine: ByteString, of key: ModelKey) {
    holders[key]?.remove(engine)
    if holders[key]?.isEmpty == true { holders[key] = nil }
  }

  private func touchHeirs(of parents: [ByteString: Set<ByteString>], touched: inout Set<ModelKey>?) {
    for (engine, models) in parents {
      guard let namespace = engines[engine]?.value.namespace else { continue }
      for model in heirs(of: models, on: engine) {
        touched?.insert(ModelKey(namespace: namespace, id: model.text))
      }
    }
  }

  /// The model that the facts make for a key; nil when no engine serves it. `epoch` is the store's.
  func derived(_ key: ModelKey, epoch: Int64) -> Model? {
    guard let holders = holders[key] else { return nil }
    let name = ByteString(key.id)
    let (seen, labels) = (seen[key], labels[key])
    // The store's own revision of the last put of any fact of the model, which is the revision of its last change. The
    // removal of a fact also puts `seen` again, so that the removal counts.
    var modified = max(seen?.modified ?? 0, labels?.modified ?? 0)
    var served: [ReplicaInput] = []
    for holder in holders {
      guard let engine = engines[holder], let models = replicas[holder], let replica = models[name] else { continue }
      let parent = replica.value.inheritsLength ? models[ByteString(replica.value.parent)] : nil
      modified = max(modified, engine.modified, replica.modified, parent?.modified ?? 0)
      served.append(
        ReplicaInput(
          engine: engine.value, replica: replica.value, parentMaxModelLen: parent?.value.maxModelLen ?? 0))
    }
    let created = seen?.value.created ?? Timestamp(microseconds: 0)
    var model = derive(key, served: served, created: created, declared: labels?.value ?? [:])
    model?.revision = epoch + modified
    return model
  }
}

extension ReplicaFacts {
  /// Whether the replica is an adapter of unknown length, which inherits its parent's on the same engine.
  var inheritsLength: Bool { kind == .adapter && maxModelLen == 0 }
}

extension Ledger {
  /// Visits every fact as a put, with the store's own revision of its last put; nil where no model depends on it.
  func forEachFact(_ visit: (_ change: FactChange, _ modified: Int64?) -> Void) {
    for engine in engines.values { visit(.engine(engine.value), engine.modified) }
    for (engine, models) in replicas {
      for replica in models.values { visit(.replica(engineID: engine.text, replica.value), replica.modified) }
    }
    for (key, facts) in seen { visit(.seen(key, facts.value), facts.modified) }
    for (key, declared) in labels { visit(.labels(key, declared.value), declared.modified) }
    for registration in registrations.values { visit(.registration(registration), nil) }
    for (engine, claimed) in claims { visit(.claims(engineID: engine.text, claimed), nil) }
  }
}
