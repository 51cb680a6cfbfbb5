extension Ledger {
  /// The model of a key as its facts make it; nil when no engine serves it. `epoch`: the store's.
  func derived(_ key: ModelKey, epoch: Int64) -> Model? {
    guard let holders = holders[key] else { return nil }
    let name = Name(key.id)
    let (seen, labels) = (seen[key], labels[key])
    // The store's own revision of the last put of any fact that the model is made of: that of its last change. What went
    // leaves its trace in `seen`, which is put anew with it.
    var modified = max(seen?.modified ?? 0, labels?.modified ?? 0)
    var served: [ServedModel] = []
    for holder in holders {
      guard let engine = engines[holder], let models = replicas[holder], let replica = models[name] else { continue }
      let parent = replica.value.inheritsLength ? models[Name(replica.value.parent)] : nil
      modified = max(modified, engine.modified, replica.modified, parent?.modified ?? 0)
      served.append(
        ServedModel(
          engine: engine.value, replica: replica.value, parentMaxModelLen: parent?.value.maxModelLen ?? 0))
    }
    let created = seen?.value.created ?? Timestamp(microseconds: 0)
    var model = derive(key, served: served, created: created, declared: labels?.value ?? [:])
    model?.revision = epoch + modified
    return model
  }
}
