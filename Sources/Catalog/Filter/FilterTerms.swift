extension Filter {
  /// Lists of terms: a model can match only if it has at least one term of each list. Only comparisons for equality
  /// require terms; the result is empty when the filter requires none.
  package var requiredTerms: [[TermHash]] { root.requiredTerms }

  /// Every term of a model that a filter may require. Empty texts have no term.
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
      // Most replicas of a model have the same kind.
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

  /// Joins one list of each node: whichever node is true, its list contains a term of the model. Empty when a node
  /// requires no term.
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
  /// The field's number for terms; nil for a field that holds no text or has no terms.
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

/// A hash of a field and one of its values; it is the same in every process.
package typealias TermHash = UInt64

/// FNV-1a over the field's number, a label's name and the value.
private struct TermHasher {
  var hash: TermHash = 0xcbf2_9ce4_8422_2325

  mutating func combine(_ byte: UInt8) {
    hash = (hash ^ TermHash(byte)) &* 0x0000_0100_0000_01b3
  }

  mutating func combine(_ text: String) {
    let bytes = text.utf8Span.span
    for index in bytes.indices { combine(bytes[index]) }
  }
}

/// The fields whose values are terms. A field's number never changes, because hashes may be stored.
enum TermField: UInt8 {
  case namespace = 1
  case id = 2
  case kind = 3
  case state = 4
  case ownedBy = 5
  case root = 6
  case parent = 7
  case label = 8
  case engineID = 9
  case engineKind = 10

  func term(_ value: String) -> TermHash {
    var hasher = TermHasher()
    hasher.combine(rawValue)
    hasher.combine(value)
    return mixed(hasher.hash)
  }

  func term(_ value: Int64) -> TermHash {
    var hasher = TermHasher()
    hasher.combine(rawValue)
    hasher.combine(UInt8(truncatingIfNeeded: value))
    return mixed(hasher.hash)
  }

  static func term(label name: String, _ value: String) -> TermHash {
    var hasher = TermHasher()
    hasher.combine(Self.label.rawValue)
    hasher.combine(name)
    // Ends the name with a byte that no UTF-8 text contains.
    hasher.combine(0xff)
    hasher.combine(value)
    return mixed(hasher.hash)
  }
}

/// Mixes all bits, because FNV-1a leaves the high bits of short texts alike (the finalizer of MurmurHash3).
private func mixed(_ hash: TermHash) -> TermHash {
  var hash = hash
  hash = (hash ^ (hash >> 33)) &* 0xff51_afd7_ed55_8ccd
  hash = (hash ^ (hash >> 33)) &* 0xc4ce_b9fe_1a85_ec53
  return hash ^ (hash >> 33)
}
