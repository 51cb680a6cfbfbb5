import Catalog

/// The lengths of the names in requests. A longer name belongs to nothing, and an answer must not repeat it.
enum NameLength {
  /// The most bytes of the id of a model or an engine, and of a namespace.
  static let idLimit = Observation.identifierLimit
  /// The most bytes of a service's name in health checks.
  static let serviceLimit = 256
  /// The most bytes of a name in a reflection request.
  static let symbolLimit = 1_024

  /// Throws when a name is too long; the error has the field and the limit, not the name. nil: the request has none.
  @inline(__always)
  static func check(_ name: String?, field: String, limit: Int = idLimit) throws(ReadError) {
    guard let name, name.utf8.count > limit else { return }
    throw .invalid(field: field, problem: "is longer than \(limit) bytes")
  }
}
