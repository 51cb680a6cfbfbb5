/// A part of the tree of models. All leaves of a tree lie equally deep.
enum Node: Sendable {
  case leaf(Leaf)
  case inner(InnerNode)

  var count: Int {
    switch self {
    case .leaf(let leaf): leaf.count
    case .inner(let inner): inner.ends.last ?? 0
    }
  }

  /// The sum over all models.
  var hash: ContentHash {
    switch self {
    case .leaf(let leaf): leaf.hash
    case .inner(let inner): inner.hashes.last ?? .zero
    }
  }

  var states: StateCounts {
    switch self {
    case .leaf(let leaf): leaf.states
    case .inner(let inner): inner.states
    }
  }

  var kinds: KindCounts {
    switch self {
    case .leaf(let leaf): leaf.kinds
    case .inner(let inner): inner.kinds
    }
  }

  /// The key of the first model.
  fileprivate func appendFirstKey(to keys: inout PackedKeys) {
    switch self {
    case .leaf(let leaf): keys.append(0..<1, of: leaf.keys)
    case .inner(let inner): keys.append(0..<1, of: inner.firsts)
    }
  }
}

/// A node over others. Immutable.
final class InnerNode: Sendable {
  let children: [Node]
  /// The first key of each child.
  let firsts: PackedKeys
  /// Models up to and with each child.
  let ends: [Int]
  /// Sums of content hashes up to and with each child.
  let hashes: [ContentHash]
  let states: StateCounts
  let kinds: KindCounts

  init(_ children: [Node]) {
    var firsts = PackedKeys()
    var ends: [Int] = []
    var hashes: [ContentHash] = []
    for child in children {
      child.appendFirstKey(to: &firsts)
      ends.append((ends.last ?? 0) + child.count)
      hashes.append((hashes.last ?? .zero) + child.hash)
    }
    self.children = children
    self.firsts = firsts
    self.ends = ends
    self.hashes = hashes
    states = children.reduce(StateCounts()) { $0 + $1.states }
    kinds = children.reduce(KindCounts()) { $0 + $1.kinds }
  }

  /// The child that holds a rank.
  func child(of rank: Int) -> Int {
    partitionPoint(ends.count - 1) { ends[$0] <= rank }
  }
}

/// How big the nodes of a tree are. Of two neighbours of which one is too small, one or two nodes are made; half of a
/// node that is too big, or of two that are, must not be too small.
package struct TreeShape: Sendable {
  /// Models of a leaf.
  package var leafTarget = 128
  package var leafMaximum = 192
  package var leafMinimum = 48
  /// Children of an inner node.
  package var innerTarget = 48
  package var innerMaximum = 64
  package var innerMinimum = 16

  package init() {}

  package static let standard = TreeShape()
}

/// Cuts `count` things into parts as even as can be, as few as have at most `target` each.
func evenParts(_ count: Int, target: Int) -> [Range<Int>] {
  let parts = (count + target - 1) / target
  return (0..<parts).map { part in count * part / parts..<count * (part + 1) / parts }
}
