/// The cost of visits to models, in units of about 25 ns. An event loop may spend only `budget` at a time.
enum VisitCost {
  /// About a quarter of a millisecond.
  static let budget = 10_000
  /// The cost of finding the model or the event.
  static let visit = 2
}

/// The cost of a filter per model, and per replica and label of the model.
struct FilterCost: Hashable, Sendable {
  var model = 0
  var replica = 0
  var label = 0

  static func + (a: FilterCost, b: FilterCost) -> FilterCost {
    FilterCost(model: a.model + b.model, replica: a.replica + b.replica, label: a.label + b.label)
  }

  func of(_ stored: StoredModel) -> Int {
    guard replica > 0 || label > 0 else { return VisitCost.visit + model }
    let counts = stored.counts
    return VisitCost.visit + model + replica * counts.replicas + label * counts.labels
  }
}

extension StoredModel {
  @inline(never)
  fileprivate var counts: (replicas: Int, labels: Int) { (model.replicas.count, model.labels.count) }
}

extension FilterNode {
  var cost: FilterCost {
    switch self {
    case .all(let nodes), .any(let nodes): nodes.reduce(FilterCost(model: 1)) { $0 + $1.cost }
    case .not(let node): node.cost
    case .model(let field, _): field.isReading ? FilterCost(model: 4, replica: 8) : FilterCost(model: 3)
    case .replicas: FilterCost(model: 2, replica: 3)
    case .divergences: FilterCost(model: 3)
    case .group: FilterCost(model: 2, replica: 2)
    case .word: FilterCost(model: 12, label: 4)
    }
  }
}
