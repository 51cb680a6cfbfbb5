/// The models of one snapshot that a query selects, in the query's order. It holds their ranks, not the models.
package struct ListResult: Sendable {
  enum Picks: Sendable {
    /// Consecutive models of the snapshot.
    case run(Range<Int>)
    /// Ranks in the list's order.
    case ranks([UInt32])
  }

  /// The snapshot that holds the models.
  package let snapshot: Snapshot
  let query: ListQuery
  let readings: ReadingsLookup
  let picks: Picks
  /// The sum of the content hashes of all models in the list.
  private let hash: ContentHash

  init(_ snapshot: Snapshot, _ query: ListQuery, _ picks: Picks, readings: ReadingsLookup = .none) {
    self.snapshot = snapshot
    self.query = query
    self.picks = picks
    self.readings = readings
    hash =
      switch picks {
      case .run(let ranks): snapshot.hash(before: ranks.upperBound) - snapshot.hash(before: ranks.lowerBound)
      case .ranks(let ranks): Self.hash(of: ranks[...], in: snapshot, query.order)
      }
  }

  /// The number of models in the list.
  package var count: Int {
    switch picks {
    case .run(let ranks): ranks.count
    case .ranks(let ranks): ranks.count
    }
  }

  /// The sum of the content hashes of the models in this range. Together with the query it distinguishes lists, because
  /// the hashes determine the list and its order.
  package func contentHash(_ range: Range<Int>) -> ContentHash {
    guard range != 0..<count else { return hash }
    switch picks {
    case .run(let ranks):
      return snapshot.hash(before: ranks.lowerBound + range.upperBound)
        - snapshot.hash(before: ranks.lowerBound + range.lowerBound)
    case .ranks(let ranks):
      return Self.hash(of: ranks[range], in: snapshot, query.order)
    }
  }

  /// The model at an index from 0 to `count` - 1.
  package func ref(at index: Int) -> ModelRef {
    switch picks {
    case .run(let ranks): snapshot.place(of: ranks.lowerBound + index)
    case .ranks(let ranks): snapshot.place(of: Int(ranks[index]))
    }
  }

  /// The models in this range, in order.
  package func refs(_ range: Range<Int>) -> some Sequence<ModelRef> {
    range.lazy.map { ref(at: $0) }
  }

  /// The position after the model at an index.
  package func position(at index: Int) -> ListPosition {
    let ref = ref(at: index)
    return ListPosition(values: ref.stored.values(in: query.order, readings), key: ref.key)
  }

  /// The index of the first model after a position. The position's own model may be gone.
  package func start(after position: ListPosition) -> Int {
    if case .run(let ranks) = picks {
      // In a list with each id once, the position may be of a model in another namespace.
      let namespace = query.isDistinct && !ranks.isEmpty ? ref(at: 0).key.namespace : position.key.namespace
      let rank = snapshot.rank(.after(ModelKey(namespace: namespace, id: position.key.id)))
      return min(max(rank, ranks.lowerBound), ranks.upperBound) - ranks.lowerBound
    }
    var position = position
    if position.values.isEmpty, !query.isInKeyOrder, let own = snapshot.model(position.key, sight: .all) {
      position.values = own.stored.values(in: query.order, readings)
    }
    return partitionPoint(count) { !isBehind(ref(at: $0), position) }
  }

  private func isBehind(_ ref: ModelRef, _ position: ListPosition) -> Bool {
    if !query.isInKeyOrder, !position.values.isEmpty {
      let order = query.order.areInOrder(ref.stored.values(in: query.order, readings), position.values)
      if order != 0 { return order > 0 }
    }
    return query.isDistinct ? precedes(position.key.id, ref.key.id) : position.key < ref.key
  }

  /// The index of the model that an id refers to; nil when the list does not have it. In a list of all namespaces it is
  /// the model of the first namespace by name.
  package func index(ofID id: String) -> Int? {
    let meant =
      switch query.scope {
      case .namespace(let name): snapshot.model(ModelKey(namespace: name, id: id), sight: .all)
      case .distinct(let preferred): snapshot.firstByID(id, preferred: preferred, sight: .all)
      case .all: snapshot.firstByID(id, preferred: "", sight: .all)
      }
    guard let meant else { return nil }
    let index = start(after: ListPosition(values: meant.stored.values(in: query.order, readings), key: meant.key)) - 1
    return index >= 0 && ref(at: index).key == meant.key ? index : nil
  }

  /// The sum of the hashes. When the order does not follow from the facts, the hash depends on the order as well.
  private static func hash(of ranks: ArraySlice<UInt32>, in snapshot: Snapshot, _ order: Order) -> ContentHash {
    let factor: UInt64 = order.usesRevisions ? 0x9e37_79b9_7f4a_7c15 : 1
    return ranks.reduce(.zero) { sum, rank in
      ContentHash(first: sum.first &* factor, second: sum.second &* factor) + snapshot.place(of: Int(rank)).contentHash
    }
  }
}
