/// One model of a snapshot with its encoded bytes. It refers to a place in a leaf, which it keeps alive, and copies
/// nothing.
package struct ModelRef: Sendable {
  let leaf: Leaf
  let index: Int

  var stored: StoredModel { leaf.models[index] }

  /// The model as a value.
  package var model: Model { stored.model }
  /// The model's namespace and id.
  package var key: ModelKey { stored.model.key }
  /// The model's state.
  package var state: ModelState { stored.model.state }
  /// The hash of the model's facts, which makes its etag.
  package var contentHash: ContentHash { stored.hash }

  /// One element of a list response: tag, length and the packed model.
  package var element: ArraySlice<UInt8> {
    leaf.elements[leaf.elementStart(index)..<Int(leaf.elementEnds[index])]
  }

  /// The packed model without tag and length.
  package var packed: ArraySlice<UInt8> {
    element.dropFirst(Int(leaf.headerCounts[index]))
  }

  /// One entry of a JSON list, without a comma.
  package var json: ArraySlice<UInt8> {
    leaf.json[leaf.jsonStart(index)..<Int(leaf.jsonEnds[index]) - 1]
  }
}

/// Models of one snapshot in order, looked up one at a time.
package struct ModelRefs: Sequence, IteratorProtocol, Sendable {
  private let snapshot: Snapshot
  private var ranks: Range<Int>
  private var place: ModelRef?

  init(_ snapshot: Snapshot, ranks: Range<Int>) {
    self.snapshot = snapshot
    self.ranks = ranks
  }

  /// The number of models that are left.
  package var underestimatedCount: Int { ranks.count }

  /// The next model; nil at the end.
  package mutating func next() -> ModelRef? {
    guard !ranks.isEmpty else { return nil }
    let next =
      if let place, place.index + 1 < place.leaf.count {
        ModelRef(leaf: place.leaf, index: place.index + 1)
      } else {
        snapshot.place(of: ranks.lowerBound)
      }
    ranks = ranks.lowerBound + 1..<ranks.upperBound
    place = next
    return next
  }
}

/// The models of a namespace that pass a filter, found a few at a time. A nil namespace covers all.
struct MatchingRefs: Sendable {
  private let snapshot: Snapshot
  private let filter: Filter?
  private let required: [[TermHash]]
  private var ranks: Range<Int>
  private var place: ModelRef?

  init(_ snapshot: Snapshot, namespace: String?, filter: Filter?) {
    self.snapshot = snapshot
    self.filter = filter
    required = filter?.requiredTerms ?? []
    ranks = snapshot.ranks(namespace)
  }

  var isAtEnd: Bool { ranks.isEmpty }

  /// The next model; nil at the end, and when the budget (`VisitCost`) is spent.
  mutating func next(_ budget: inout Int) -> ModelRef? {
    while !ranks.isEmpty, budget > 0 {
      let next =
        if let place, place.index + 1 < place.leaf.count {
          ModelRef(leaf: place.leaf, index: place.index + 1)
        } else {
          snapshot.place(of: ranks.lowerBound)
        }
      budget -= VisitCost.visit
      if next.index == 0, !next.leaf.mayMatch(required, ifKnown: true) {
        let skipped = min(next.leaf.count, ranks.count)
        ranks = ranks.lowerBound + skipped..<ranks.upperBound
        place = nil
        continue
      }
      ranks = ranks.lowerBound + 1..<ranks.upperBound
      place = next
      guard let filter else { return next }
      budget -= filter.cost.of(next.stored)
      if next.stored.matches(filter, .none) { return next }
    }
    return nil
  }
}
