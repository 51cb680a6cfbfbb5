/// The number of models in each state.
package struct StateCounts: Hashable, Sendable {
  private var lanes = SIMD8<Int32>.zero

  package init() {}

  /// The number of models in a state.
  package subscript(state: ModelState) -> Int {
    Int(lanes[Int(state.rawValue)])
  }

  /// Counts one more model.
  package mutating func add(_ state: ModelState) {
    lanes[Int(state.rawValue)] += 1
  }

  static func + (a: StateCounts, b: StateCounts) -> StateCounts {
    var sum = StateCounts()
    sum.lanes = a.lanes &+ b.lanes
    return sum
  }
}

/// The number of models of each kind.
package struct KindCounts: Hashable, Sendable {
  private var lanes = SIMD4<Int32>.zero

  package init() {}

  /// The number of models of a kind.
  package subscript(kind: ModelKind) -> Int {
    Int(lanes[Int(kind.rawValue)])
  }

  /// Counts one more model.
  package mutating func add(_ kind: ModelKind) {
    lanes[Int(kind.rawValue)] += 1
  }

  static func + (a: KindCounts, b: KindCounts) -> KindCounts {
    var sum = KindCounts()
    sum.lanes = a.lanes &+ b.lanes
    return sum
  }
}
