/// The labels that a client declares for a model.
struct LabelsDeclaration: Sendable {
  var key: ModelKey
  var labels: [String: String]
  /// The names of declared labels to remove, while the others stay; nil: `labels` is the complete set.
  var removed: [String]?
  /// The etag that the model must have; empty matches any.
  var etag: String
}

/// Why the catalog refuses a declaration of labels.
package enum LabelsError: Error, Hashable {
  case notFound
  /// The model has changed since the caller read it.
  case etagMismatch
  /// The labels are invalid. The text is the reason, for people.
  case invalid(String)
}

extension LabelsDeclaration {
  static let countLimit = 64
  static let nameLimit = 256
  static let valueLimit = 1_024

  func check() throws(LabelsError) {
    guard labels.count <= Self.countLimit, removed?.count ?? 0 <= Self.countLimit else { throw .tooMany }
    for (name, value) in labels {
      guard !name.isEmpty, name.utf8.count <= Self.nameLimit, !name.utf8.contains(0) else {
        throw .invalid("a name is empty, holds NUL or is longer than \(Self.nameLimit) bytes")
      }
      guard value.utf8.count <= Self.valueLimit, !value.utf8.contains(0) else {
        throw .invalid("the value of \(name.debugDescription) holds NUL or is longer than \(Self.valueLimit) bytes")
      }
    }
  }

  /// The declared labels afterwards, of those before. Throws when they are too many.
  func applied(to known: [String: String]) throws(LabelsError) -> [String: String] {
    guard let removed else { return labels }
    var all = known
    for name in removed {
      if let index = all.index(forKey: name), sameBytes(all[index].key, name) { all.remove(at: index) }
    }
    for (name, value) in labels {
      // An assignment alone would keep another spelling of the name.
      all[name] = nil
      all[name] = value
    }
    guard all.count <= Self.countLimit else { throw .tooMany }
    return all
  }
}

extension LabelsError {
  fileprivate static let tooMany = LabelsError.invalid("more than \(LabelsDeclaration.countLimit) labels")
}
