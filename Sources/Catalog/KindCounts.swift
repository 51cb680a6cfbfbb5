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

extension Snapshot {
  /// Of all models; kept in the tree.
  package var countsByKind: KindCounts { root?.kinds ?? KindCounts() }
}
