extension Ledger {
  /// The model of a key as its facts make it; nil when no engine serves it. `epoch`: the store's.
  func derived(_ key: ModelKey, epoch: Int64) -> Model? {
    guard let holders = holders[key] else { return nil }
    let served = holders.compactMap { self.served(key.id, by: $0) }
    var model = derive(
      key, served: served, created: seen[key]?.value.created ?? Timestamp(microseconds: 0),
      declared: labels[key]?.value ?? [:])
    model?.revision = epoch + modified(key)
    return model
  }

  /// The store's own revision of the last put of any fact that the model is made of: the revision of its last change.
  /// What went leaves its trace in `seen`, which is put anew with it.
  private func modified(_ key: ModelKey) -> Int64 {
    var latest = max(seen[key]?.modified ?? 0, labels[key]?.modified ?? 0)
    for engine in holders[key] ?? [] {
      let models = replicas[engine]
      let replica = models?[Name(key.id)]
      latest = max(latest, engines[engine]?.modified ?? 0, replica?.modified ?? 0)
      if let facts = replica?.value, facts.inheritsLength {
        latest = max(latest, models?[Name(facts.parent)]?.modified ?? 0)
      }
    }
    return latest
  }

  private func served(_ modelID: String, by engine: Name) -> ServedModel? {
    guard let facts = engines[engine]?.value, let models = replicas[engine],
      let replica = models[Name(modelID)]?.value
    else { return nil }
    return ServedModel(
      engine: facts, replica: replica, parentMaxModelLen: models[Name(replica.parent)]?.value.maxModelLen ?? 0)
  }
}
