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

extension Catalogue {
  /// Of all engines that are known; a pass over them, which holds up the writer but no reader.
  package var engineCountsByState: StateCounts {
    ledger.withLock { ledger in
      ledger.engines.values.reduce(into: StateCounts()) { $0.add($1.value.condition.state) }
    }
  }
}
