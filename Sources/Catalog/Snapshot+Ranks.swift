// A rank is a model's place in the order, from 0.
extension Snapshot {
  func ranks(_ namespace: String?) -> Range<Int> {
    guard let namespace else { return 0..<count }
    return rank(.start(of: namespace))..<rank(.end(of: namespace))
  }

  /// The ranks of a namespace's models behind a key.
  func ranks(_ namespace: String?, after key: ModelKey?) -> Range<Int> {
    let all = ranks(namespace)
    guard let key else { return all }
    return min(max(all.lowerBound, rank(.after(key))), all.upperBound)..<all.upperBound
  }

  /// How many models lie before a bound.
  func rank(_ bound: Bound) -> Int {
    var prefix = SharedPrefix()
    var rank = 0
    var node = root
    while case .inner(let inner) = node {
      let child = inner.firsts.countBefore(bound, sharing: &prefix) - 1
      guard child >= 0 else { return rank }
      if child > 0 { rank += inner.ends[child - 1] }
      node = inner.children[child]
    }
    guard case .leaf(let leaf) = node else { return rank }
    return rank + leaf.keys.countBefore(bound, sharing: &prefix)
  }

  /// The leaf that holds a rank, and where in it; the rank is below `count`.
  func place(of rank: Int) -> ModelRef {
    var rest = rank
    var node = root
    while case .inner(let inner) = node {
      let child = inner.child(of: rest)
      if child > 0 { rest -= inner.ends[child - 1] }
      node = inner.children[child]
    }
    guard case .leaf(let leaf) = node, rest < leaf.count else { preconditionFailure("no model has this rank") }
    return ModelRef(leaf: leaf, index: rest)
  }

  /// The sum of the content hashes of the first `rank` models.
  func hash(before rank: Int) -> ContentHash {
    guard rank < count else { return root?.hash ?? .zero }
    var rest = rank
    var sum = ContentHash.zero
    var node = root
    while case .inner(let inner) = node {
      let child = inner.child(of: rest)
      if child > 0 {
        rest -= inner.ends[child - 1]
        sum += inner.hashes[child - 1]
      }
      node = inner.children[child]
    }
    if case .leaf(let leaf) = node { sum += leaf.models[..<rest].reduce(.zero) { $0 + $1.hash } }
    return sum
  }
}

extension Inner {
  /// The child that holds a rank.
  fileprivate func child(of rank: Int) -> Int {
    partitionPoint(ends.count - 1) { ends[$0] <= rank }
  }
}
