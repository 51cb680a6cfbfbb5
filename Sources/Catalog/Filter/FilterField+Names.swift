extension FilterField {
  /// Of fields that hold one value; `x` stands for the names of labels.
  static let modelNames: [String] =
    ModelField.Plain.allCases.map(\.rawValue) + ["labels.x"] + ReadingField.allCases.map { "readings." + $0.rawValue }

  /// Of all fields; `x` stands for the names of labels and resources.
  static let names: [String] =
    modelNames
    + ReplicaField.Plain.allCases.map { "replicas." + $0.rawValue }
    + ReadingField.allCases.map { "replicas.readings." + $0.rawValue }
    + ["replicas.resources.x"]
    + DivergenceField.allCases.map { "divergences." + $0.rawValue }

  /// For messages: what someone may have meant who wrote a name that does not exist.
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

  /// For messages: their first parts, `x` for what comes below.
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

/// How many bytes must be put in, taken out or replaced to make `b` of `a` (Levenshtein).
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
