/// The models that a list shows, and their order.
package struct ListQuery: Hashable, Sendable {
  /// The namespaces that a list covers.
  package enum Scope: Sendable {
    case all
    case namespace(String)
    /// One model per id, chosen as in `Snapshot.firstByID`. The filter applies after the choice.
    case distinct(preferred: String)
  }

  /// The namespaces that the list covers.
  package var scope: Scope
  /// The filter; nil shows all models.
  package var filter: Filter?
  /// The order; by namespace and id when the client names none.
  package var order: Order

  package init(_ scope: Scope, filter: Filter? = nil, order: Order = .byKey) {
    self.scope = scope
    self.filter = filter
    self.order = order
  }

  /// Whether the list needs no sorting: its order is by namespace and id, or by id when each id appears once.
  package var isInKeyOrder: Bool {
    isDistinct ? order == .byKey : order.isByKey
  }

  var isDistinct: Bool {
    if case .distinct = scope { true } else { false }
  }

  /// Whether the list uses readings, so that it can change without a change of a fact.
  package var usesReadings: Bool {
    order.usesReadings || filter?.usesReadings ?? false
  }
}

extension ListQuery.Scope: Hashable {
  private var parts: (kind: UInt8, name: String) {
    switch self {
    case .all: (0, "")
    case .namespace(let name): (1, name)
    case .distinct(let preferred): (2, preferred)
    }
  }

  package static func == (a: Self, b: Self) -> Bool {
    a.parts.kind == b.parts.kind && sameBytes(a.parts.name, b.parts.name)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(parts.kind)
    hasher.combine(parts.name)
  }
}

/// A position in a list: after a model.
package struct ListPosition: Hashable, Sendable {
  /// The values by which the list sorted the model. Empty when the snapshot that the page reads holds the model, whose
  /// own values then apply.
  package var values: [OrderValue]
  /// The model's namespace and id.
  package var key: ModelKey

  package init(values: [OrderValue], key: ModelKey) {
    self.values = values
    self.key = key
  }
}
