/// A node of the tree of models. All leaves of a tree have the same depth.
enum Node: Sendable {
  case leaf(Leaf)
  case inner(InnerNode)

  var count: Int {
    switch self {
    case .leaf(let leaf): leaf.count
    case .inner(let inner): inner.ends.last ?? 0
    }
  }

  /// The sum of the models' content hashes.
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

  /// Appends the key of the first model.
  fileprivate func appendFirstKey(to keys: inout PackedKeys) {
    switch self {
    case .leaf(let leaf): keys.append(0..<1, of: leaf.keys)
    case .inner(let inner): keys.append(0..<1, of: inner.firsts)
    }
  }
}

/// An inner node of the tree. Immutable.
final class InnerNode: Sendable {
  let children: [Node]
  /// The first key of each child.
  let firsts: PackedKeys
  /// The number of models up to and including each child.
  let ends: [Int]
  /// The sum of the content hashes up to and including each child.
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

  /// The index of the child that holds a rank.
  func child(of rank: Int) -> Int {
    partitionPoint(ends.count - 1) { ends[$0] <= rank }
  }
}

/// The sizes of a tree's nodes. A node that is too small joins its neighbour, and they make one or two nodes. So half
/// of a node that is too large, or of two such neighbours, must not be too small.
///
/// The numbers are small, so that a snapshot fits in four words: every request copies a snapshot.
package struct TreeShape: Sendable {
  /// The number of models in a leaf.
  package var leafTarget: UInt16 = 128
  package var leafMaximum: UInt16 = 192
  package var leafMinimum: UInt16 = 48
  /// The number of children of an inner node.
  package var innerTarget: UInt16 = 48
  package var innerMaximum: UInt16 = 64
  package var innerMinimum: UInt16 = 16

  package init() {}

  /// The shape that the server uses.
  package static let standard = TreeShape()
}

/// Divides `count` elements into ranges of almost equal size: as few ranges as possible with at most `target` elements
/// each.
func evenParts(_ count: Int, target: Int) -> [Range<Int>] {
  let parts = (count + target - 1) / target
  return (0..<parts).map { part in count * part / parts..<count * (part + 1) / parts }
}
