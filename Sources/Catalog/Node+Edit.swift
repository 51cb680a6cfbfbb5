/// A new version of one model, or its removal.
struct ModelEdit: Sendable {
  var key: ModelKey
  /// The new version; nil removes the model.
  var entry: LeafEntry?
}

extension Node {
  /// The nodes of the same height that replace this node: none when all models went, several when there are too many
  /// for one node. `edits` ascend. The new nodes share each part that no edit touches.
  func applying(_ edits: ArraySlice<ModelEdit>, shape: TreeShape) -> [Node] {
    switch self {
    case .leaf(let leaf): Node.leaves(of: leaf, applying: edits, shape: shape)
    case .inner(let inner): inner.applying(edits, shape: shape)
    }
  }

  /// Leaves of these edits, whose keys ascend.
  static func leaves(of entries: ArraySlice<ModelEdit>, shape: TreeShape) -> [Node] {
    leaves(of: entries.compactMap(\.entry).map(LeafPiece.entry), from: nil, shape: shape)
  }

  private static func leaves(of leaf: Leaf, applying edits: ArraySlice<ModelEdit>, shape: TreeShape) -> [Node] {
    var pieces: [LeafPiece] = []
    var next = 0
    for edit in edits {
      var prefix = SharedPrefix()
      let position = leaf.keys.countBefore(.before(edit.key), sharing: &prefix)
      if next < position { pieces.append(.kept(next..<position)) }
      next = position
      if position < leaf.count, leaf.models[position].model.key == edit.key { next += 1 }
      if let entry = edit.entry { pieces.append(.entry(entry)) }
    }
    if next < leaf.count { pieces.append(.kept(next..<leaf.count)) }
    return leaves(of: pieces, from: leaf, shape: shape)
  }

  private static func leaves(of pieces: [LeafPiece], from leaf: Leaf?, shape: TreeShape) -> [Node] {
    let count = pieces.reduce(0) { $0 + $1.count }
    let target = Int(count > shape.leafMaximum ? shape.leafTarget : shape.leafMaximum)
    return cut(pieces, to: evenParts(count, target: target)).map { own in
      var builder = LeafBuilder()
      for piece in own { builder.expect(piece, of: leaf) }
      builder.reserve()
      for piece in own { builder.append(piece, of: leaf) }
      return .leaf(Leaf(builder))
    }
  }

  /// Divides the pieces among the ranges; the ranges are consecutive.
  private static func cut(_ pieces: [LeafPiece], to parts: [Range<Int>]) -> [[LeafPiece]] {
    // The piece to divide next, and the position of its first model.
    var index = 0
    var start = 0
    return parts.map { part in
      var own: [LeafPiece] = []
      while index < pieces.count, start < part.upperBound {
        let piece = pieces[index]
        let end = start + piece.count
        switch piece {
        case .kept(let range):
          let common = part.clamped(to: start..<end)
          let shift = range.lowerBound - start
          own.append(.kept(common.lowerBound + shift..<common.upperBound + shift))
        case .entry:
          own.append(piece)
        }
        // The loop divides the rest of a piece that extends beyond this part.
        guard end <= part.upperBound else { break }
        start = end
        index += 1
      }
      return own
    }
  }
}

extension InnerNode {
  fileprivate func applying(_ edits: ArraySlice<ModelEdit>, shape: TreeShape) -> [Node] {
    var nodes: [Node] = []
    var untouched = 0
    var rest = edits
    while let edit = rest.first {
      let child = child(of: edit.key)
      let own =
        child + 1 == children.count
        ? rest : rest.prefix { self.child(of: $0.key) == child }
      nodes += children[untouched..<child]
      nodes += children[child].applying(own, shape: shape)
      untouched = child + 1
      rest = rest[own.endIndex...]
    }
    nodes += children[untouched...]
    return Node.parents(of: Node.joiningSmall(nodes, shape: shape), shape: shape)
  }

  /// The index of the child that holds a key, or would hold it.
  private func child(of key: ModelKey) -> Int {
    var prefix = SharedPrefix()
    return max(0, firsts.countBefore(.after(key), sharing: &prefix) - 1)
  }
}

extension Node {
  /// The nodes of the next level. A few nodes have one parent; an empty list has none.
  static func parents(of nodes: [Node], shape: TreeShape) -> [Node] {
    let target = Int(nodes.count > shape.innerMaximum ? shape.innerTarget : shape.innerMaximum)
    return evenParts(nodes.count, target: target).map { .inner(InnerNode(Array(nodes[$0]))) }
  }

  /// Joins each node that is too small with a neighbour, unless it is the only node.
  fileprivate static func joiningSmall(_ nodes: [Node], shape: TreeShape) -> [Node] {
    var joined: [Node] = []
    for node in nodes {
      if let last = joined.last, last.isSmall(shape) || node.isSmall(shape) {
        joined.removeLast()
        joined += join(last, node, shape: shape)
      } else {
        joined.append(node)
      }
    }
    return joined
  }

  private func isSmall(_ shape: TreeShape) -> Bool {
    switch self {
    case .leaf(let leaf): leaf.count < shape.leafMinimum
    case .inner(let inner): inner.children.count < shape.innerMinimum
    }
  }

  /// Joins two nodes into one node, or into two of even size.
  private static func join(_ first: Node, _ second: Node, shape: TreeShape) -> [Node] {
    switch (first, second) {
    case (.inner(let first), .inner(let second)):
      return parents(of: joiningSmall(first.children + second.children, shape: shape), shape: shape)
    case (.leaf(let first), .leaf(let second)):
      let count = first.count + second.count
      return evenParts(count, target: max(Int(shape.leafMaximum), (count + 1) / 2)).map { part in
        let head = LeafPiece.kept(part.clamped(to: 0..<first.count))
        let rest = part.clamped(to: first.count..<count)
        let tail = LeafPiece.kept(rest.lowerBound - first.count..<rest.upperBound - first.count)
        var builder = LeafBuilder()
        builder.expect(head, of: first)
        builder.expect(tail, of: second)
        builder.reserve()
        builder.append(head, of: first)
        builder.append(tail, of: second)
        return .leaf(Leaf(builder))
      }
    case (.leaf, .inner), (.inner, .leaf):
      preconditionFailure("leaves of one tree lie equally deep")
    }
  }
}
