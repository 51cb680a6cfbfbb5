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

/// How many models are of each kind.
package struct KindCounts: Hashable, Sendable {
  private var lanes = SIMD4<Int32>.zero

  package init() {}

  package subscript(kind: ModelKind) -> Int {
    Int(lanes[Int(kind.rawValue)])
  }

  package mutating func add(_ kind: ModelKind) {
    lanes[Int(kind.rawValue)] += 1
  }

  static func + (a: KindCounts, b: KindCounts) -> KindCounts {
    var sum = KindCounts()
    sum.lanes = a.lanes &+ b.lanes
    return sum
  }
}
