/// A field of a model that holds one value, for comparisons and orders.
enum ModelField: Hashable, Sendable {
  case plain(Plain)
  case label(ByteString)
  case reading(ReadingField)

  /// A field by its name on the wire.
  enum Plain: String, CaseIterable, Sendable {
    case namespace, id, kind, state
    case ownedBy = "owned_by"
    case created, root, parent, version
    case maxModelLen = "max_model_len"
    case readyReplicas = "ready_replicas"
    case totalReplicas = "total_replicas"
    case etag, revision
  }

  var type: FieldType {
    switch self {
    case .label: .text
    case .reading(let field): field.type
    case .plain(.kind): .kind
    case .plain(.state): .state
    case .plain(.created): .time
    case .plain(.maxModelLen), .plain(.readyReplicas), .plain(.totalReplicas), .plain(.revision): .integer
    case .plain: .text
    }
  }

  var isReading: Bool {
    if case .reading = self { true } else { false }
  }

  func value(of model: Model, _ readings: ReadingsLookup) -> OrderValue {
    switch self {
    case .plain(let field): field.value(of: model)
    case .label(let name): model.label(name.text).map { .text($0) } ?? .absent
    case .reading(let field): field.value(of: readings.readings(of: model))
    }
  }
}

extension ModelField.Plain {
  func value(of model: Model) -> OrderValue {
    switch self {
    case .namespace: .text(model.key.namespace)
    case .id: .text(model.key.id)
    case .kind: .number(Int64(model.kind.rawValue))
    case .state: .number(Int64(model.state.rawValue))
    case .ownedBy: .text(model.ownedBy)
    case .created: OrderValue(model.created)
    case .root: .text(model.root)
    case .parent: .text(model.parent)
    case .version: .text(model.version)
    case .maxModelLen: .number(model.maxModelLen)
    case .readyReplicas: .number(Int64(model.readyReplicas))
    case .totalReplicas: .number(Int64(model.totalReplicas))
    case .etag: .text(model.etag)
    case .revision: .number(model.revision)
    }
  }
}
