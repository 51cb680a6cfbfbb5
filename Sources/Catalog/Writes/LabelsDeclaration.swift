/// The complete set of labels that a client declares for a model.
struct LabelsDeclaration: Sendable {
  var key: ModelKey
  var labels: [String: String]
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
    guard labels.count <= Self.countLimit else { throw .invalid("more than \(Self.countLimit) labels") }
    for (name, value) in labels {
      guard !name.isEmpty, name.utf8.count <= Self.nameLimit, !name.utf8.contains(0) else {
        throw .invalid("a name is empty, holds NUL or is longer than \(Self.nameLimit) bytes")
      }
      guard value.utf8.count <= Self.valueLimit, !value.utf8.contains(0) else {
        throw .invalid("the value of \(name.debugDescription) holds NUL or is longer than \(Self.valueLimit) bytes")
      }
    }
  }
}
