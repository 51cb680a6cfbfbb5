extension Ledger {
  /// What an observation changes of what is known, as transactions of the store in order: none when nothing is new.
  ///
  /// The engine's own key comes last, so that a new engine's models appear together however many there are. A model's
  /// `seen` is created with its first replica. It is also renewed when a replica goes of a model that others serve
  /// still: nothing else of it would show, after loading, that the model changed.
  func plan(_ observation: Observation, at now: Timestamp) -> [[FactChange]] {
    var plan = Plan()
    switch observation {
    case .engine(let facts, let models):
      let facts = keepingTime(facts)
      let engine = Name(facts.id)
      let known = replicas[engine] ?? [:]
      var listed: Set<Name> = []
      // Of a model that is listed twice the first counts.
      let models = models.filter { listed.insert(Name($0.modelID)).inserted }
      for model in known.keys.sorted() where !listed.contains(model) {
        plan.add([.replicaGone(engineID: facts.id, modelID: model.text)] + renewal(model, of: engine))
      }
      for model in models {
        let held = known[Name(model.modelID)]?.value
        let model = model.keepingTime(of: held)
        let news: [FactChange] = model == held ? [] : [.replica(engineID: facts.id, model)]
        plan.add(news + creation(model.modelID, in: facts.namespace, at: now))
      }
      planEngine(facts, staying: Set(known.keys).intersection(listed), into: &plan)
    case .engineOnly(let facts):
      let facts = keepingTime(facts)
      let known = Set(replicas[Name(facts.id), default: [:]].keys)
      for model in known.sorted() {
        plan.add(creation(model.text, in: facts.namespace, at: now))
      }
      planEngine(facts, staying: known, into: &plan)
    case .forgotten(let engineID):
      let engine = Name(engineID)
      for model in replicas[engine, default: [:]].keys.sorted() {
        plan.add([.replicaGone(engineID: engineID, modelID: model.text)] + renewal(model, of: engine))
      }
      if engines[engine] != nil { plan.add([.engineGone(id: engineID)]) }
    }
    return plan.transactions
  }

  /// The engine's own record, with what its move to another namespace takes.
  private func planEngine(_ facts: EngineFacts, staying: Set<Name>, into plan: inout Plan) {
    let known = engines[Name(facts.id)]?.value
    if let known, !sameBytes(known.namespace, facts.namespace) {
      for model in staying.sorted() {
        plan.add(renewal(model, of: Name(facts.id)))
      }
    }
    if facts != known { plan.add([.engine(facts)]) }
  }

  private func creation(_ modelID: String, in namespace: String, at now: Timestamp) -> [FactChange] {
    let key = ModelKey(namespace: namespace, id: modelID)
    return seen[key] == nil ? [.seen(key, SeenFacts(created: now))] : []
  }

  /// For a model that an engine leaves to others.
  private func renewal(_ model: Name, of engine: Name) -> [FactChange] {
    guard let namespace = engines[engine]?.value.namespace else { return [] }
    let key = ModelKey(namespace: namespace, id: model.text)
    guard let facts = seen[key]?.value, holders[key, default: []].count > 1 else { return [] }
    return [.seen(key, facts)]
  }

  /// A state that goes on keeps the time at which it began, whatever the observer says.
  private func keepingTime(_ facts: EngineFacts) -> EngineFacts {
    guard let known = engines[Name(facts.id)]?.value.condition, known.state == facts.condition.state else {
      return facts
    }
    var facts = facts
    facts.condition.changedAt = known.changedAt
    return facts
  }
}

extension ReplicaFacts {
  fileprivate func keepingTime(of known: ReplicaFacts?) -> ReplicaFacts {
    guard let known = known?.condition, known.state == condition?.state else { return self }
    var facts = self
    facts.condition?.changedAt = known.changedAt
    return facts
  }
}

/// Transactions as full as they may be. What is added together stays together.
private struct Plan {
  private(set) var transactions: [[FactChange]] = []

  mutating func add(_ changes: [FactChange]) {
    guard !changes.isEmpty else { return }
    let last = transactions.count - 1
    if last >= 0, transactions[last].count + changes.count <= storeTransactionLimit {
      transactions[last] += changes
    } else {
      transactions.append(changes)
    }
  }
}
