/// A field of a replica that holds one value.
enum ReplicaField: Hashable, Sendable {
  case plain(Plain)
  case reading(ReadingField)
  /// The amount of a resource, by the resource's name.
  case resource(String)

  /// A field by its name on the wire.
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

  /// Finds the field of a path; nil when a replica has no such field.
  init?(path: ArraySlice<String>) {
    guard let first = path.first else { return nil }
    let below = path.dropFirst().joined(separator: ".")
    if path.count == 1, let field = Plain(rawValue: first) {
      self = .plain(field)
    } else if first == "readings", let field = ReadingField(rawValue: below) {
      self = .reading(field)
    } else if first == "resources", !below.isEmpty {
      self = .resource(below)
    } else {
      return nil
    }
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

  /// The value of the field for the replica at `index`, read in place so that nothing else is copied.
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

/// A text field of a divergence, by its path below `divergences`.
enum DivergenceField: String, CaseIterable, Sendable {
  case field
  case value = "values.value"
  case engineIDs = "values.engine_ids"

  /// Whether one of the field's texts passes the test.
  func holds(of divergence: Divergence, _ test: ValueTest) -> Bool {
    switch self {
    case .field: test.holds(.text(divergence.field))
    case .value: divergence.values.contains { test.holds(.text($0.value)) }
    case .engineIDs: divergence.values.contains { $0.engineIDs.contains { test.holds(.text($0)) } }
    }
  }
}
