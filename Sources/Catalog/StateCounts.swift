import Synchronization

/// How many models are in each state.
package struct StateCounts: Hashable, Sendable {
  private var lanes = SIMD8<Int32>.zero

  package init() {}

  package subscript(state: ModelState) -> Int {
    Int(lanes[Int(state.rawValue)])
  }

  package mutating func add(_ state: ModelState) {
    lanes[Int(state.rawValue)] += 1
  }

  static func + (a: StateCounts, b: StateCounts) -> StateCounts {
    var sum = StateCounts()
    sum.lanes = a.lanes &+ b.lanes
    return sum
  }
}

extension Snapshot {
  /// Of all models; kept in the tree.
  package var countsByState: StateCounts { root?.states ?? StateCounts() }
}

extension ModelCatalog {
  /// Of all engines that are known, by state and by the name of their kind; a pass over them, which holds up the writer
  /// but no reader.
  package var engineCounts: (byState: StateCounts, byKind: [String: Int]) {
    ledger.withLock { ledger in
      var counts = (byState: StateCounts(), byKind: [String: Int]())
      for engine in ledger.engines.values {
        counts.byState.add(engine.value.condition.state)
        counts.byKind[engine.value.kind, default: 0] += 1
      }
      return counts
    }
  }
}
