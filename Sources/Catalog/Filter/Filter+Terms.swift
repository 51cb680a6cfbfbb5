extension Filter {
  /// What a model that matches must have: of each list at least one term. Comparisons for equality tell them, others
  /// demand nothing. Empty when nothing is demanded.
  package var requiredTerms: [[TermHash]] { root.requiredTerms }

  /// Every term of a model that a filter may require; empty texts are none.
  package static func terms(of model: Model) -> [TermHash] {
    var terms: [TermHash] = [
      TermField.namespace.term(model.key.namespace), TermField.id.term(model.key.id),
      TermField.kind.term(Int64(model.kind.rawValue)), TermField.state.term(Int64(model.state.rawValue)),
    ]
    terms.reserveCapacity(terms.count + 3 + model.labels.count + model.replicas.count + 2)
    if !model.ownedBy.isEmpty { terms.append(TermField.ownedBy.term(model.ownedBy)) }
    if !model.root.isEmpty { terms.append(TermField.root.term(model.root)) }
    if !model.parent.isEmpty { terms.append(TermField.parent.term(model.parent)) }
    for (name, value) in model.labels { terms.append(TermField.term(label: name, value)) }
    var kind = ""
    let replicas = model.replicas.span
    for index in replicas.indices {
      terms.append(TermField.engineID.term(replicas[index].engineID))
      // Replicas are mostly of one kind.
      guard !sameBytes(replicas[index].engineKind, kind) else { continue }
      kind = replicas[index].engineKind
      terms.append(TermField.engineKind.term(kind))
    }
    return terms
  }
}

extension FilterNode {
  fileprivate var requiredTerms: [[TermHash]] {
    switch self {
    case .all(let nodes): nodes.flatMap(\.requiredTerms)
    case .any(let nodes): Self.requiredTerms(ofAny: nodes)
    case .model(.plain(let field), .text(.equal, let text)) where !text.string.isEmpty:
      field.termField.map { [[$0.term(text.string)]] } ?? []
    case .model(.plain(.kind), .number(.equal, let number)): [[TermField.kind.term(number)]]
    case .model(.plain(.state), .number(.equal, let number)): [[TermField.state.term(number)]]
    case .model(.label(let name), .text(.equal, let text)): [[TermField.term(label: name.text, text.string)]]
    case .replicas(.plain(.engineID), .text(.equal, let text)): [[TermField.engineID.term(text.string)]]
    case .replicas(.plain(.engineKind), .text(.equal, let text)) where !text.string.isEmpty:
      [[TermField.engineKind.term(text.string)]]
    default: []
    }
  }

  /// One list of each, put together: whichever holds, it brings a term of its list. Nothing when one demands nothing.
  private static func requiredTerms(ofAny nodes: [FilterNode]) -> [[TermHash]] {
    var together: [TermHash] = []
    for node in nodes {
      guard let fewest = node.requiredTerms.min(by: { $0.count < $1.count }) else { return [] }
      together += fewest
    }
    return [together]
  }
}

extension ModelField.Plain {
  /// Of texts.
  fileprivate var termField: TermField? {
    switch self {
    case .namespace: .namespace
    case .id: .id
    case .ownedBy: .ownedBy
    case .root: .root
    case .parent: .parent
    default: nil
    }
  }
}
