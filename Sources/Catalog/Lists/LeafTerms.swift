import Synchronization

/// Which terms a leaf's models have, as a Bloom filter: what it denies, none of them has. An index for filters that ask
/// for equality; made when a list first looks at the leaf, and shared like the leaf by all snapshots that hold it.
final class LeafTerms: Sendable {
  private static let bitLimit = 65_536
  /// Each of a term's four places takes 16 bits of it.
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
  /// False when no model here has what a filter requires (`Filter.requiredTerms`). `ifKnown`: without making the index,
  /// which costs a look at each model.
  func mayMatch(_ required: [[TermHash]], ifKnown: Bool) -> Bool {
    guard !required.isEmpty else { return true }
    if ifKnown, terms.load() == nil { return true }
    let terms = terms.load() ?? terms.storeIfNil(LeafTerms(models))
    return required.allSatisfy { $0.contains(where: terms.mayHave) }
  }
}
