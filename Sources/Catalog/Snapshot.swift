/// All models at one revision, by namespace and id, each already encoded. Immutable: a change makes another one that
/// shares what did not change. Orders by the UTF-8 bytes of the namespace, then of the id.
package struct Snapshot: Sendable {
  /// The public revision that it shows.
  package let revision: Int64
  /// Whether it was made of the history: it shares what changed since with no other.
  let isRebuilt: Bool
  let root: Node?
  let shape: TreeShape

  private init(revision: Int64, root: Node?, shape: TreeShape, isRebuilt: Bool = false) {
    self.revision = revision
    self.isRebuilt = isRebuilt
    self.root = root
    self.shape = shape
  }

  /// A snapshot of these models; the order in which they are given does not matter.
  package init(
    revision: Int64, models: [(model: Model, encoded: EncodedModel)] = [], shape: TreeShape = .standard
  ) {
    let edits = models.map { Edit(key: $0.model.key, entry: LeafEntry($0.model, encoded: $0.encoded)) }
      .sorted { $0.key < $1.key }
    self.init(revision: revision, leaves: Node.leaves(of: edits[...], shape: shape), shape: shape)
  }

  /// A snapshot of leaves in order.
  init(revision: Int64, leaves: [Node], shape: TreeShape) {
    var nodes = leaves
    while nodes.count > 1 {
      nodes = Node.parents(of: nodes, shape: shape)
    }
    self.init(revision: revision, root: nodes.first, shape: shape)
  }

  /// `edits` ascend and name each key once.
  func applying(_ edits: [Edit], revision: Int64, isRebuilt: Bool = false) -> Snapshot {
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

  package var count: Int { root?.count ?? 0 }

  /// How many models of a namespace (nil: of all) there are.
  package func count(namespace: String?, sight: Sight) -> Int {
    ranks(namespace).count
  }

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

  /// The sum of the content hashes of the models of a namespace (nil: of all): the same for the same models, however
  /// they came to be and however the tree is cut. Revisions are no part of it.
  package func contentHash(namespace: String?, sight: Sight) -> ContentHash {
    guard namespace != nil else { return root?.hash ?? .zero }
    let ranks = ranks(namespace)
    return hash(before: ranks.upperBound) - hash(before: ranks.lowerBound)
  }
}
