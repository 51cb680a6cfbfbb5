import Catalog
import TestKit

/// What a list must be, by plain code: models at one revision, filtered, sorted.
struct QueryTruth {
  /// Where a query looks.
  enum Scope: Hashable {
    case all
    case namespace(String)
    /// Each id once: the whole entry from `default`, else from the first namespace by name that has it.
    case eachIDOnce
  }

  var scope: Scope
  var filter: FilterTree?
  var order: RandomOrder?

  func list(_ models: [Model]) -> [Model] {
    let seen: [Model] =
      switch scope {
      case .all: models
      case .namespace(let name): models.filter { bytes($0.key.namespace) == bytes(name) }
      case .eachIDOnce:
        Dictionary(grouping: models) { bytes($0.key.id) }.values.compactMap { same in
          same.first { $0.key.namespace == defaultNamespace }
            ?? same.min { bytes($0.key.namespace).lexicographicallyPrecedes(bytes($1.key.namespace)) }
        }
      }
    return seen.filter { filter?.holds(for: $0) ?? true }.sorted(by: isBefore)
  }

  /// What ties is by namespace and id; where each id is there once, by id.
  func isBefore(_ a: Model, _ b: Model) -> Bool {
    let order = order?.compare(a, b) ?? 0
    guard order == 0 else { return order < 0 }
    let (one, other) = (bytes(a.key.namespace), bytes(b.key.namespace))
    if scope != .eachIDOnce, one != other { return one.lexicographicallyPrecedes(other) }
    return bytes(a.key.id).lexicographicallyPrecedes(bytes(b.key.id))
  }
}

extension Model {
  /// As view BASIC shows it.
  var basic: Model {
    var model = self
    model.replicas = []
    return model
  }
}
