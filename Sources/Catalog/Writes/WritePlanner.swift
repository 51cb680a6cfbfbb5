/// Plans the transactions of several writes from the present facts. It must not outlive the lock on the ledger.
struct WritePlanner {
  let ledger: Ledger
  /// The store's epoch.
  let epoch: Int64
  /// The store's uptime.
  let uptime: Duration
  var plan = WritePlan()

  init(_ ledger: Ledger, epoch: Int64, uptime: Duration) {
    self.ledger = ledger
    self.epoch = epoch
    self.uptime = uptime
  }

  /// Adds a write to the plan. False when it must wait for another plan.
  mutating func add(_ write: CatalogWrite, at time: Timestamp) throws(LabelsError) -> Bool {
    switch write {
    case .observation(let observation): add(observation, at: time)
    case .labels(let declaration): try add(declaration)
    case .register(let registration): add(registration)
    case .deregister(let leaseID, let isDurable): addEnd(ofLease: leaseID, isDurable: isDurable)
    case .forget(let key): addForgetting(key)
    case .lost(let key): addLoss(of: key, at: time)
    case .expire: true
    }
  }

  /// Adds the facts that an observation changes; an observation without new facts adds nothing. False when it must wait
  /// for another plan.
  ///
  /// The engine's own key comes last, so that all models of a new engine appear together. The first replica of a model
  /// creates its `seen`, which states since when no engine serves it. The planner also puts `seen` again when a fact of
  /// the model goes. Otherwise, after the next load of the store, nothing would show that the model changed.
  private mutating func add(_ observation: Observation, at now: Timestamp) -> Bool {
    let engine = ByteString(observation.engineID)
    let before = ledger.engines[engine]?.value.namespace
    let known = ledger.replicas[engine] ?? [:]
    var facts: EngineFacts?
    var listed: [(id: ByteString, facts: ReplicaFacts)] = []
    switch observation {
    case .engine(let observed, let models):
      facts = keepingTime(observed)
      var ids: Set<ByteString> = []
      // The first entry of a model that is listed twice counts.
      for model in models where ids.insert(ByteString(model.modelID)).inserted {
        listed.append((ByteString(model.modelID), model.keepingTime(of: known[ByteString(model.modelID)]?.value)))
      }
    case .engineOnly(let observed):
      facts = keepingTime(observed)
      listed = known.sorted { $0.key < $1.key }.map { ($0.key, $0.value.value) }
    case .forgotten:
      break
    }

    func keys(_ namespace: String?, _ models: some Sequence<ByteString>) -> Set<ModelKey> {
      guard let namespace else { return [] }
      return Set(models.map { ModelKey(namespace: namespace, id: $0.text) })
    }
    let had = keys(before, known.keys)
    let has = keys(facts?.namespace, listed.map(\.id))
    let unseen = has.filter { ledger.seen[$0].map { $0.value.gone != nil } ?? true }
    guard plan.claim([.engine(engine)], giving: has.subtracting(had).union(unseen), taking: had.subtracting(has)) else {
      return false
    }

    let staying = Set(listed.map(\.id))
    let leaving = Set(known.keys).subtracting(staying)
    let isMoving = before.map { name in facts.map { !sameBytes($0.namespace, name) } ?? true } ?? false
    let heirs = isMoving ? [] : Set(ledger.heirs(of: leaving, on: engine)).intersection(staying)
    for model in leaving.sorted() {
      plan.add(
        [.replicaGone(engineID: engine.text, modelID: model.text)] + leave(model, in: before, at: now))
    }
    for model in heirs.sorted() {
      plan.add(renewal(model, in: before))
    }
    for (id, model) in listed {
      let change: [FactChange] =
        known[id].map({ model.showsTheSame(as: $0.value) }) ?? false ? [] : [.replica(engineID: engine.text, model)]
      plan.add(change + creation(id, in: facts?.namespace, at: now))
    }
    if isMoving {
      for (id, _) in listed where known[id] != nil {
        plan.add(leave(id, in: before, at: now))
      }
    }
    if let facts {
      plan.add(claimChange(of: engine, to: facts.claims))
      if !(ledger.engines[engine].map { facts.showsTheSame(as: $0.value) } ?? false) { plan.add([.engine(facts)]) }
    } else {
      plan.add(claimChange(of: engine, to: []))
      if before != nil { plan.add([.engineGone(id: engine.text)]) }
    }
    return true
  }

  private func claimChange(of engine: ByteString, to claims: [EngineClaim]) -> [FactChange] {
    guard claims != ledger.claims[engine] ?? [] else { return [] }
    return [claims.isEmpty ? .claimsGone(engineID: engine.text) : .claims(engineID: engine.text, claims)]
  }

  /// The change of `seen` when a model gets its first replica, for the first time or again.
  private mutating func creation(_ model: ByteString, in namespace: String?, at now: Timestamp) -> [FactChange] {
    guard let namespace else { return [] }
    let key = ModelKey(namespace: namespace, id: model.text)
    let known = ledger.seen[key]?.value
    guard known == nil || known?.gone != nil, plan.created.insert(key).inserted else { return [] }
    var facts = known ?? SeenFacts(created: now, createdUptime: uptime)
    (facts.gone, facts.goneUptime) = (nil, nil)
    return [.seen(key, facts)]
  }

  /// The change of `seen` when an engine stops serving the model; other engines may still serve it.
  private func leave(_ model: ByteString, in namespace: String?, at now: Timestamp) -> [FactChange] {
    guard let namespace else { return [] }
    let key = ModelKey(namespace: namespace, id: model.text)
    guard var facts = ledger.seen[key]?.value else { return [] }
    if ledger.holders[key, default: []].count <= 1 { (facts.gone, facts.goneUptime) = (now, uptime) }
    return [.seen(key, facts)]
  }

  private func renewal(_ model: ByteString, in namespace: String?) -> [FactChange] {
    guard let namespace else { return [] }
    let key = ModelKey(namespace: namespace, id: model.text)
    return ledger.seen[key].map { [.seen(key, $0.value)] } ?? []
  }

  /// The facts with the old start time of a state that continues, whatever time the observation has.
  private func keepingTime(_ facts: EngineFacts) -> EngineFacts {
    guard let known = ledger.engines[ByteString(facts.id)]?.value.condition, known.state == facts.condition.state else {
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
