/// All models at one revision, each already encoded. Immutable: a change makes a new snapshot that shares the unchanged
/// parts. Models are ordered by the UTF-8 bytes of the namespace, then of the id.
package struct Snapshot: Sendable {
  /// The public revision of this snapshot.
  package let revision: Int64
  /// Whether the history made it. Its changed leaves are shared with no other snapshot.
  let isRebuilt: Bool
  let shape: TreeShape
  let root: Node?

  private init(revision: Int64, root: Node?, shape: TreeShape, isRebuilt: Bool = false) {
    self.revision = revision
    self.isRebuilt = isRebuilt
    self.root = root
    self.shape = shape
  }

  /// A snapshot of these models, given in any order.
  package init(
    revision: Int64, models: [(model: Model, encoded: EncodedModel)] = [], shape: TreeShape = .standard
  ) {
    let edits = models.map { ModelEdit(key: $0.model.key, entry: LeafEntry($0.model, encoded: $0.encoded)) }
      .sorted { $0.key < $1.key }
    self.init(revision: revision, leaves: Node.leaves(of: edits[...], shape: shape), shape: shape)
  }

  /// A snapshot of these leaves, given in order.
  init(revision: Int64, leaves: [Node], shape: TreeShape) {
    var nodes = leaves
    while nodes.count > 1 {
      nodes = Node.parents(of: nodes, shape: shape)
    }
    self.init(revision: revision, root: nodes.first, shape: shape)
  }

  /// The snapshot with these edits; `edits` ascend and name each key once.
  func applying(_ edits: [ModelEdit], revision: Int64, isRebuilt: Bool = false) -> Snapshot {
    guard !edits.isEmpty else { return Snapshot(revision: revision, root: root, shape: shape, isRebuilt: isRebuilt) }
    var nodes = root?.applying(edits[...], shape: shape) ?? Node.leaves(of: edits[...], shape: shape)
    while nodes.count > 1 {
      nodes = Node.parents(of: nodes, shape: shape)
    }
    var top = nodes.first
    while case .inner(let inner) = top, inner.children.count == 1 {
      top = inner.children[0]
    }
    return Snapshot(revision: revision, root: top, shape: shape, isRebuilt: isRebuilt)
  }

  /// The number of models.
  package var count: Int { root?.count ?? 0 }

  /// The number of models of a namespace; a nil namespace covers all.
  package func count(namespace: String?, sight: Sight) -> Int {
    ranks(namespace).count
  }

  /// One model; nil when it is absent or the caller may not see it.
  package func model(_ key: ModelKey, sight: Sight) -> ModelRef? {
    let bound = Bound.after(key)
    var prefix = SharedPrefix()
    var node = root
    while case .inner(let inner) = node {
      let child = inner.firsts.countBefore(bound, sharing: &prefix) - 1
      guard child >= 0 else { return nil }
      node = inner.children[child]
    }
    guard case .leaf(let leaf) = node else { return nil }
    let index = leaf.keys.countBefore(bound, sharing: &prefix) - 1
    guard index >= 0, prefix.below == bound.byteCount,
      leaf.keys.start(of: index + 1) - leaf.keys.start(of: index) == bound.byteCount
    else { return nil }
    return ModelRef(leaf: leaf, index: index)
  }

  /// The sum of the content hashes of a namespace's models; a nil namespace covers all. It is the same for the same
  /// models, whatever the tree's shape and the history. It does not depend on revisions.
  package func contentHash(namespace: String?, sight: Sight) -> ContentHash {
    guard namespace != nil else { return root?.hash ?? .zero }
    let ranks = ranks(namespace)
    return hash(before: ranks.upperBound) - hash(before: ranks.lowerBound)
  }

  /// The number of all models by state. The tree keeps it.
  package var countsByState: StateCounts { root?.states ?? StateCounts() }

  /// The number of all models by kind. The tree keeps it.
  package var countsByKind: KindCounts { root?.kinds ?? KindCounts() }

  /// The models of a namespace after `after`; a nil namespace covers all.
  package func refs(namespace: String?, after: ModelKey? = nil, sight: Sight) -> ModelRefs {
    ModelRefs(self, ranks: ranks(namespace, after: after))
  }

  /// Drops the readings of leaves that no stream used since the last call.
  func ageReadings() {
    var rank = 0
    while rank < count {
      let leaf = place(of: rank).leaf
      leaf.readings.age()
      rank += leaf.count
    }
  }
}

// A rank is a model's index in the order of all models, from 0.
extension Snapshot {
  func ranks(_ namespace: String?) -> Range<Int> {
    guard let namespace else { return 0..<count }
    return rank(.start(of: namespace))..<rank(.end(of: namespace))
  }

  /// The ranks of a namespace's models after a key.
  func ranks(_ namespace: String?, after key: ModelKey?) -> Range<Int> {
    let all = ranks(namespace)
    guard let key else { return all }
    return min(max(all.lowerBound, rank(.after(key))), all.upperBound)..<all.upperBound
  }

  /// The number of models before a bound.
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

  /// The leaf that holds a rank, and the model's index in it. The rank must be below `count`.
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
