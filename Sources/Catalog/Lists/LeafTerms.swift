import Synchronization

/// The terms of a leaf's models as a Bloom filter: a term that it denies belongs to no model of the leaf. It is an
/// index for filters that compare for equality. The first list that needs it makes it, and all snapshots that hold the
/// leaf share it.
final class LeafTerms: Sendable {
  private static let bitLimit = 65_536
  /// The number of places per term; each takes 16 bits of the term.
  private static let places = 4
  private let words: [UInt64]

  init(_ models: [StoredModel]) {
    var terms: Set<TermHash> = []
    for stored in models { terms.formUnion(Filter.terms(of: stored.model)) }
    var bits = 512
    while bits < min(terms.count * 10, Self.bitLimit) { bits *= 2 }
    var words = [UInt64](repeating: 0, count: bits / 64)
    for term in terms {
      for place in 0..<Self.places {
        let bit = Self.bit(term, place, of: bits)
        words[bit / 64] |= 1 << UInt64(bit % 64)
      }
    }
    self.words = words
  }

  func mayHave(_ term: TermHash) -> Bool {
    for place in 0..<Self.places {
      let bit = Self.bit(term, place, of: words.count * 64)
      if words[bit / 64] & 1 << UInt64(bit % 64) == 0 { return false }
    }
    return true
  }

  private static func bit(_ term: TermHash, _ place: Int, of count: Int) -> Int {
    Int(truncatingIfNeeded: term >> UInt64(place * 16)) & (count - 1)
  }
}

extension Leaf {
  /// False when no model of the leaf has the terms that a filter requires (`Filter.requiredTerms`). With `ifKnown` it
  /// does not build the index, which would visit each model.
  func mayMatch(_ required: [[TermHash]], ifKnown: Bool) -> Bool {
    guard !required.isEmpty else { return true }
    if ifKnown, terms.load() == nil { return true }
    let terms = terms.load() ?? terms.storeIfNil(LeafTerms(models))
    return required.allSatisfy { $0.contains(where: terms.mayHave) }
  }
}
