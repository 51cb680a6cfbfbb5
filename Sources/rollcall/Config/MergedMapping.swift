internal import Yams

/// The keys of a mapping with those of the mappings that it merges (`<<`, of one mapping or a list of mappings). Its own
/// keys win, then those of the first mapping of the list.
struct MergedMapping {
  private(set) var pairs: [(key: Node, value: Node)] = []
  private var known: Set<String> = []
  /// The most mappings that one mapping merges: a few lines of anchors can name billions.
  static let limit = 1_000
  private var count = 0

  /// The error of a merge.
  struct NoMapping: Error {
    /// The line of its key; 0 when unknown.
    let line: Int
    let reason: String
  }

  /// Throws `NoMapping`.
  init(_ mapping: Node.Mapping) throws(NoMapping) {
    try add(mapping)
  }

  private mutating func add(_ mapping: Node.Mapping) throws(NoMapping) {
    var merges: [(key: Node, value: Node)] = []
    for (key, value) in mapping {
      if key.scalar?.string == "<<", key.scalar?.style == .plain {
        merges.append((key, value))
      } else if key.scalar.map({ known.insert($0.string).inserted }) ?? true {
        pairs.append((key, value))
      }
    }
    for (key, value) in merges where !value.isNull {
      for node in value.sequence.map({ Array($0) }) ?? [value] {
        guard let mapping = node.mapping else {
          throw NoMapping(line: key.mark?.line ?? 0, reason: "'<<' must have a mapping, or a list of mappings")
        }
        count += 1
        guard count <= Self.limit else {
          throw NoMapping(line: key.mark?.line ?? 0, reason: "'<<' merges more than \(Self.limit) mappings")
        }
        try add(mapping)
      }
    }
  }
}
