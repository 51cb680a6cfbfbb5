/// Which models a list shows, and in which order.
package struct ListQuery: Hashable, Sendable {
  /// Which namespaces a list covers.
  package enum Scope: Sendable {
    case all
    case namespace(String)
    /// Each id once, as `Snapshot.firstByID` means it; filters are applied to what is left.
    case distinct(preferred: String)
  }

  /// Which namespaces the list covers.
  package var scope: Scope
  /// Which models the list shows; nil: all.
  package var filter: Filter?
  /// In which order; by namespace and id where the client names none.
  package var order: Order

  package init(_ scope: Scope, filter: Filter? = nil, order: Order = .byKey) {
    self.scope = scope
    self.filter = filter
    self.order = order
  }

  /// Whether nothing must be sorted: the order is that of namespaces and ids, or of ids where each is there once.
  package var isInKeyOrder: Bool {
    isDistinct ? order == .byKey : order.isByKey
  }

  var isDistinct: Bool {
    if case .distinct = scope { true } else { false }
  }

  /// Whether the list moves although no fact changes.
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

/// A place in a list: behind a model.
package struct ListPosition: Hashable, Sendable {
  /// What the model was sorted by. Empty where the list is of a snapshot that holds the model: then its own count.
  package var values: [OrderValue]
  /// Namespace and id of the model.
  package var key: ModelKey

  package init(values: [OrderValue], key: ModelKey) {
    self.values = values
    self.key = key
  }
}
