/// What can stand left of a comparator.
enum FilterField: Hashable, Sendable {
  case model(ModelField)
  /// Of any replica.
  case replica(ReplicaField)
  /// Of any divergence.
  case divergence(DivergenceField)
  case group(Group)

  /// A field that has fields: it can only be asked whether there is anything in it.
  enum Group: String, CaseIterable, Sendable {
    case labels, readings, replicas
    case replicaReadings = "replicas.readings"
    case replicaResources = "replicas.resources"
    case divergences
    case divergenceValues = "divergences.values"
  }

  /// nil when a model has no such field. Names of labels and resources may have dots in them.
  init?(path: [String]) {
    let name = path.joined(separator: ".")
    let below = path.dropFirst().joined(separator: ".")
    if let group = Group(rawValue: name) {
      self = .group(group)
    } else if path.count == 1, let field = ModelField.Plain(rawValue: name) {
      self = .model(.plain(field))
    } else if path[0] == "labels", !below.isEmpty {
      self = .model(.label(Name(below)))
    } else if path[0] == "readings", let field = ReadingField(rawValue: below) {
      self = .model(.reading(field))
    } else if path[0] == "replicas", let field = ReplicaField(path: path.dropFirst()) {
      self = .replica(field)
    } else if path[0] == "divergences", let field = DivergenceField(rawValue: below) {
      self = .divergence(field)
    } else {
      return nil
    }
  }

  /// nil for a group, and for what is not one value of a model.
  var modelField: ModelField? {
    if case .model(let field) = self { field } else { nil }
  }

  /// nil for a group.
  var type: FieldType? {
    switch self {
    case .model(let field): field.type
    case .replica(let field): field.type
    case .divergence: .text
    case .group: nil
    }
  }

  var isReading: Bool {
    switch self {
    case .model(let field): field.isReading
    case .replica(let field): field.isReading
    case .divergence: false
    case .group(let group): group == .readings || group == .replicaReadings || group == .replicaResources
    }
  }
}

extension ReplicaField {
  /// nil when a replica has no such field.
  fileprivate init?(path: ArraySlice<String>) {
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
}
