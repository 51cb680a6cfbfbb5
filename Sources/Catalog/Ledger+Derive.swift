extension Ledger {
  /// The model of a key as its facts make it; nil when no engine serves it.
  func derived(_ key: ModelKey) -> Model? {
    guard let holders = holders[key] else { return nil }
    let served = holders.compactMap { self.served(key.id, by: $0) }
    return derive(key, served: served, created: seen[key]?.value.created ?? Timestamp(microseconds: 0))
  }

  /// The store's own revision of the last put of any fact that the model is made of. What went leaves no trace but
  /// the renewal of the model's `seen`.
  func modified(_ key: ModelKey) -> Int64 {
    var latest = seen[key]?.modified ?? 0
    for engine in holders[key] ?? [] {
      let models = replicas[engine]
      let replica = models?[Name(key.id)]
      latest = max(latest, engines[engine]?.modified ?? 0, replica?.modified ?? 0)
      if let parent = replica?.value.parent { latest = max(latest, models?[Name(parent)]?.modified ?? 0) }
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
