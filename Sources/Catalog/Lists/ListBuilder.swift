/// Finds the models of one snapshot that a query selects, in the query's order.
struct ListBuilder {
  private let snapshot: Snapshot
  private let query: ListQuery

  init(_ snapshot: Snapshot, _ query: ListQuery) {
    self.snapshot = snapshot
    self.query = query
  }

  /// The list; nil when it costs more than `budget` (`VisitCost`), or when the task is cancelled.
  func list(_ readings: ReadingsLookup, budget: Int = .max) -> ListResult? {
    var budget = budget
    return picks(readings, &budget).map { ListResult(snapshot, query, $0, readings: readings) }
  }

  /// The list when it needs no visit to a model; nil otherwise.
  func listUnvisited() -> ListResult? {
    guard query.filter == nil, query.isInKeyOrder, let ranks = run else { return nil }
    return ListResult(snapshot, query, .run(ranks))
  }

  /// The number of models that the list must visit, at most; `limit` when there are more, or when the number is
  /// unknown.
  func visits(limit: Int) -> Int {
    guard let ranks = run else { return min(snapshot.count, limit) }
    guard let filter = query.filter, ranks.count >= limit else { return min(ranks.count, limit) }
    // The check of every leaf must be quick, too.
    let required = filter.requiredTerms
    guard 1...16 ~= required.reduce(0, { $0 + $1.count }), ranks.count <= 200_000 else { return limit }
    var visits = 0
    for leaf in leaves(ranks) where leaf.leaf.mayMatch(required, ifKnown: true) {
      visits += leaf.indices.count
      if visits >= limit { return limit }
    }
    return visits
  }

  private func picks(_ readings: ReadingsLookup, _ budget: inout Int) -> ListResult.Picks? {
    var ranks: [UInt32]
    if let run {
      if let filter = query.filter {
        guard let matching = matching(filter, in: run, readings, &budget) else { return nil }
        ranks = matching
      } else if query.isInKeyOrder {
        return .run(run)
      } else {
        ranks = run.map { UInt32($0) }
      }
    } else if case .distinct(let preferred) = query.scope {
      ranks = snapshot.distinctRanks(preferred: preferred)
      if let filter = query.filter {
        guard let matching = matching(filter, of: ranks, readings, &budget) else { return nil }
        ranks = matching
      }
    } else {
      return nil
    }
    if !query.isInKeyOrder { sort(&ranks, readings) }
    return .ranks(ranks)
  }

  /// The ranks of the query's scope when they are consecutive in the snapshot; nil when they are not.
  private var run: Range<Int>? {
    switch query.scope {
    case .all: 0..<snapshot.count
    case .namespace(let name): snapshot.ranks(name)
    case .distinct: hasOneNamespace ? 0..<snapshot.count : nil
    }
  }

  private var hasOneNamespace: Bool {
    let count = snapshot.count
    return count == 0
      || sameBytes(snapshot.place(of: 0).key.namespace, snapshot.place(of: count - 1).key.namespace)
  }

  private func matching(
    _ filter: Filter, in ranks: Range<Int>, _ readings: ReadingsLookup, _ budget: inout Int
  ) -> [UInt32]? {
    let required = filter.requiredTerms
    // With a budget it builds no index of a leaf: that is work for a task, not for an event loop.
    let isLimited = budget < .max
    var matching: [UInt32] = []
    for (leaf, indices, rank) in leaves(ranks) where leaf.mayMatch(required, ifKnown: isLimited) {
      if Task.isCancelled { return nil }
      for index in indices {
        budget -= filter.cost.of(leaf.models[index])
        guard budget > 0 else { return nil }
        if leaf.models[index].matches(filter, readings) {
          matching.append(UInt32(rank + index - indices.lowerBound))
        }
      }
    }
    return matching
  }

  private func matching(
    _ filter: Filter, of ranks: [UInt32], _ readings: ReadingsLookup, _ budget: inout Int
  ) -> [UInt32]? {
    var matching: [UInt32] = []
    for (number, rank) in ranks.enumerated() {
      if number % 128 == 0, Task.isCancelled { return nil }
      let stored = snapshot.place(of: Int(rank)).stored
      budget -= filter.cost.of(stored)
      guard budget > 0 else { return nil }
      if stored.matches(filter, readings) { matching.append(rank) }
    }
    return matching
  }

  /// Sorts ranks; models that compare equal keep their order.
  private func sort(_ ranks: inout [UInt32], _ readings: ReadingsLookup) {
    let order = query.order
    var rows = ranks.enumerated().map { place, rank in
      (values: snapshot.place(of: Int(rank)).stored.values(in: order, readings), place: place, rank: rank)
    }
    rows.sort { a, b in
      let comparison = order.areInOrder(a.values, b.values)
      return comparison == 0 ? a.place < b.place : comparison < 0
    }
    ranks = rows.map(\.rank)
  }

  /// The leaves that hold these ranks, each with the indices in the leaf and the rank of the first of them.
  private func leaves(_ ranks: Range<Int>) -> some Sequence<(leaf: Leaf, indices: Range<Int>, rank: Int)> {
    sequence(state: ranks) { [snapshot] rest -> (leaf: Leaf, indices: Range<Int>, rank: Int)? in
      guard !rest.isEmpty else { return nil }
      let place = snapshot.place(of: rest.lowerBound)
      let end = min(place.leaf.count, place.index + rest.count)
      defer { rest = rest.lowerBound + end - place.index..<rest.upperBound }
      return (place.leaf, place.index..<end, rest.lowerBound)
    }
  }
}
