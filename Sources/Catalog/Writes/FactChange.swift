/// One operation on the store as a change of facts.
enum FactChange: Sendable {
  case engine(EngineFacts)
  case engineGone(id: String)
  case replica(engineID: String, ReplicaFacts)
  case replicaGone(engineID: String, modelID: String)
  case seen(ModelKey, SeenFacts)
  case seenGone(ModelKey)
  case labels(ModelKey, [String: String])
  case labelsGone(ModelKey)
  case registration(Registration)
  case registrationGone(leaseID: String)
  case claims(engineID: String, [EngineClaim])
  case claimsGone(engineID: String)
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
    case .seenGone(let key):
      .delete(key: FactKey.seen(key).bytes)
    case .labels(let key, let labels):
      .put(key: FactKey.labels(key).bytes, value: codec.encode(labels: labels))
    case .labelsGone(let key):
      .delete(key: FactKey.labels(key).bytes)
    case .registration(let registration):
      .put(key: FactKey.registration(leaseID: registration.leaseID).bytes, value: codec.encode(registration))
    case .registrationGone(let leaseID):
      .delete(key: FactKey.registration(leaseID: leaseID).bytes)
    case .claims(let engineID, let claims):
      .put(key: FactKey.claims(engineID: engineID).bytes, value: codec.encode(claims: claims))
    case .claimsGone(let engineID):
      .delete(key: FactKey.claims(engineID: engineID).bytes)
    }
  }

  /// Decodes an operation on the store; nil when its key is not the catalog's, or its value is corrupt. `derive` is no
  /// fact.
  init?(_ operation: StoreOperation, codec: any FactCodec) {
    switch (FactKey(bytes: operation.key), operation) {
    case (.engine(let id), .put(_, let value)):
      guard let facts = codec.decodeEngine(value), sameBytes(facts.id, id) else { return nil }
      self = .engine(facts)
    case (.engine(let id), .delete):
      self = .engineGone(id: id)
    case (.replica(let engineID, let modelID), .put(_, let value)):
      guard let facts = codec.decodeReplica(value), sameBytes(facts.modelID, modelID) else { return nil }
      self = .replica(engineID: engineID, facts)
    case (.replica(let engineID, let modelID), .delete):
      self = .replicaGone(engineID: engineID, modelID: modelID)
    case (.seen(let key), .put(_, let value)):
      guard let facts = codec.decodeSeen(value) else { return nil }
      self = .seen(key, facts)
    case (.seen(let key), .delete):
      self = .seenGone(key)
    case (.labels(let key), .put(_, let value)):
      guard let labels = codec.decodeLabels(value) else { return nil }
      self = .labels(key, labels)
    case (.labels(let key), .delete):
      self = .labelsGone(key)
    case (.registration(let leaseID), .put(_, let value)):
      guard let registration = codec.decodeRegistration(value), sameBytes(registration.leaseID, leaseID) else {
        return nil
      }
      self = .registration(registration)
    case (.registration(let leaseID), .delete):
      self = .registrationGone(leaseID: leaseID)
    case (.claims(let engineID), .put(_, let value)):
      guard let claims = codec.decodeClaims(value) else { return nil }
      self = .claims(engineID: engineID, claims)
    case (.claims(let engineID), .delete):
      self = .claimsGone(engineID: engineID)
    case (.derive, _), (nil, _):
      return nil
    }
  }
}
