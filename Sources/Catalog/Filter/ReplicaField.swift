/// A field of a replica that holds one value.
enum ReplicaField: Hashable, Sendable {
  case plain(Plain)
  case reading(ReadingField)
  /// No engine tells amounts yet: absent everywhere.
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

  func value(of replica: Replica, _ readings: ReadingsLookup) -> OrderValue {
    switch self {
    case .plain(let field): field.value(of: replica, readings)
    case .reading(let field): field.value(of: readings.readings(replica.engineID))
    case .resource: .absent
    }
  }
}

extension ReplicaField.Plain {
  func value(of replica: Replica, _ readings: ReadingsLookup) -> OrderValue {
    switch self {
    case .engineID: .text(replica.engineID)
    case .endpoint: .text(replica.endpoint)
    case .engineKind: .text(replica.engineKind)
    case .engineVersion: .text(replica.engineVersion)
    case .cluster: .text(replica.cluster)
    case .state: .number(Int64(replica.condition.state.rawValue))
    case .stateReason: .text(replica.condition.reason)
    case .stateChangedAt: OrderValue(replica.condition.changedAt)
    case .observedAt: OrderValue(readings.observedAt(replica.engineID))
    case .maxModelLen: .number(replica.maxModelLen)
    case .root: .text(replica.root)
    }
  }
}
