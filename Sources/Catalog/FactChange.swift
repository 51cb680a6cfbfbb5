/// One operation on the store, as what it means.
enum FactChange: Sendable {
  case engine(EngineFacts)
  case engineGone(id: String)
  case replica(engineID: String, ReplicaFacts)
  case replicaGone(engineID: String, modelID: String)
  case seen(ModelKey, SeenFacts)
}

extension FactChange {
  func operation(_ codec: any FactCodec) -> StoreOperation {
    switch self {
    case .engine(let facts):
      .put(key: FactKey.engine(id: facts.id).bytes, value: codec.encode(facts))
    case .engineGone(let id):
      .delete(key: FactKey.engine(id: id).bytes)
    case .replica(let engineID, let facts):
      .put(key: FactKey.replica(engineID: engineID, modelID: facts.modelID).bytes, value: codec.encode(facts))
    case .replicaGone(let engineID, let modelID):
      .delete(key: FactKey.replica(engineID: engineID, modelID: modelID).bytes)
    case .seen(let key, let facts):
      .put(key: FactKey.seen(key).bytes, value: codec.encode(facts))
    }
  }

  /// What a record of the store says; nil when it is none of the catalogue's, or broken.
  init?(_ entry: StoreEntry, codec: any FactCodec) {
    switch FactKey(bytes: entry.key) {
    case .engine(let id):
      guard let facts = codec.decodeEngine(entry.value), sameBytes(facts.id, id) else { return nil }
      self = .engine(facts)
    case .replica(let engineID, let modelID):
      guard let facts = codec.decodeReplica(entry.value), sameBytes(facts.modelID, modelID) else { return nil }
      self = .replica(engineID: engineID, facts)
    case .seen(let key):
      guard let facts = codec.decodeSeen(entry.value) else { return nil }
      self = .seen(key, facts)
    case nil:
      return nil
    }
  }
}
