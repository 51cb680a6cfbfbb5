/// A field that may stand to the left of a comparator.
enum FilterField: Hashable, Sendable {
  case model(ModelField)
  /// The field of any replica.
  case replica(ReplicaField)
  /// The field of any divergence.
  case divergence(DivergenceField)
  case group(Group)

  /// A field that has subfields: a filter can only ask whether it is not empty.
  enum Group: String, CaseIterable, Sendable {
    case labels, readings, replicas
    case replicaReadings = "replicas.readings"
    case replicaResources = "replicas.resources"
    case divergences
    case divergenceValues = "divergences.values"
  }

  /// Finds the field of a path; nil when a model has no such field. Names of labels and resources may contain dots.
  init?(path: [String]) {
    let name = path.joined(separator: ".")
    let below = path.dropFirst().joined(separator: ".")
    if let group = Group(rawValue: name) {
      self = .group(group)
    } else if path.count == 1, let field = ModelField.Plain(rawValue: name) {
      self = .model(.plain(field))
    } else if path[0] == "labels", !below.isEmpty {
      self = .model(.label(ByteString(below)))
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

  /// The field of the model itself; nil for a group, and for a field of a replica or a divergence.
  var modelField: ModelField? {
    if case .model(let field) = self { field } else { nil }
  }

  /// The type of the field's value; nil for a group.
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

extension FilterField {
  /// The names of the fields that hold one value; `x` stands for a label's name.
  static let modelNames: [String] =
    ModelField.Plain.allCases.map(\.rawValue) + ["labels.x"] + ReadingField.allCases.map { "readings." + $0.rawValue }

  /// The names of all fields; `x` stands for the name of a label or resource.
  static let names: [String] =
    modelNames
    + ReplicaField.Plain.allCases.map { "replicas." + $0.rawValue }
    + ReadingField.allCases.map { "replicas.readings." + $0.rawValue }
    + ["replicas.resources.x"]
    + DivergenceField.allCases.map { "divergences." + $0.rawValue }

  /// For error messages: the existing names that are close to a name.
  static func near(_ name: String, among names: [String]) -> [String] {
    let wanted = Array(name.utf8)
    guard wanted.count <= 48 else { return [] }
    let most = min(max(2, wanted.count / 4), wanted.count - 1)
    let near = names.filter { abs($0.utf8.count - wanted.count) <= most }
      .map { (name: $0, distance: distance(wanted, Array($0.utf8))) }
      .filter { $0.distance <= most }
      .sorted { $0.distance < $1.distance }
    return Array((near.map(\.name) + names.filter { $0.hasSuffix("." + name) }).prefix(3))
  }

  /// For error messages: the first parts of the names, with `x` for their subfields.
  static func roots(of names: [String]) -> [String] {
    var roots: [String] = []
    for name in names {
      let parts = name.split(separator: ".")
      let root = parts.count == 1 ? name : "\(parts[0]).x"
      if !roots.contains(root) { roots.append(root) }
    }
    return roots
  }
}

/// The number of bytes to insert, delete or replace to turn `a` into `b` (Levenshtein distance).
private func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  var row = Array(0...b.count)
  for (i, byte) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, other) in b.enumerated() {
      let replaced = diagonal + (byte == other ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[b.count]
}
