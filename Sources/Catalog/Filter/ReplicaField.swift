/// A field of a replica that holds one value.
enum ReplicaField: Hashable, Sendable {
  case plain(Plain)
  case reading(ReadingField)
  /// An amount, by the resource's name.
  case resource(String)

  /// By its name on the wire.
  enum Plain: String, CaseIterable, Sendable {
    case engineID = "engine_id"
    case endpoint
    case engineKind = "engine_kind"
    case engineVersion = "engine_version"
    case cluster, state
    case stateReason = "state_reason"
    case stateChangedAt = "state_changed_at"
    case observedAt = "observed_at"
    case maxModelLen = "max_model_len"
    case root
  }

  var type: FieldType {
    switch self {
    case .reading(let field): field.type
    case .resource: .real
    case .plain(.state): .state
    case .plain(.stateChangedAt), .plain(.observedAt): .time
    case .plain(.maxModelLen): .integer
    case .plain: .text
    }
  }

  var isReading: Bool {
    switch self {
    case .plain(let field): field == .observedAt
    case .reading, .resource: true
    }
  }

  /// Of one of several, in its place: nothing but the value is copied.
  func value(_ index: Int, of model: Model, _ readings: ReadingsLookup) -> OrderValue {
    let replicas = model.replicas.span
    return switch self {
    case .plain(let field): field.value(index, of: replicas, readings)
    case .reading(let field): field.value(of: readings.readings(replicas[index].engineID, model.key.id))
    case .resource(let name):
      OrderValue(readings.reading(replicas[index].engineID)?.resource(name, of: model.key.id))
    }
  }
}

extension ReplicaField.Plain {
  func value(_ index: Int, of replicas: Span<Replica>, _ readings: ReadingsLookup) -> OrderValue {
    switch self {
    case .engineID: .text(replicas[index].engineID)
    case .endpoint: .text(replicas[index].endpoint)
    case .engineKind: .text(replicas[index].engineKind)
    case .engineVersion: .text(replicas[index].engineVersion)
    case .cluster: .text(replicas[index].cluster)
    case .state: .number(Int64(replicas[index].condition.state.rawValue))
    case .stateReason: .text(replicas[index].condition.reason)
    case .stateChangedAt: OrderValue(replicas[index].condition.changedAt)
    case .observedAt: OrderValue(readings.observedAt(replicas[index].engineID))
    case .maxModelLen: .number(replicas[index].maxModelLen)
    case .root: .text(replicas[index].root)
    }
  }
}
