extension Model {
  /// The hash of all fields but `etag` and `revision`.
  package var contentHash: ContentHash {
    var bytes = ContentBytes()
    bytes.append(key.namespace)
    bytes.append(key.id)
    bytes.append(Int64(kind.rawValue))
    bytes.append(Int64(state.rawValue))
    bytes.append(ownedBy)
    bytes.append(created.microseconds)
    bytes.append(root)
    bytes.append(parent)
    bytes.append(version)
    bytes.append(maxModelLen)
    bytes.append(Int64(labels.count))
    for (name, value) in labels.sorted(by: { precedes($0.key, $1.key) }) {
      bytes.append(name)
      bytes.append(value)
    }
    bytes.append(Int64(readyReplicas))
    bytes.append(Int64(totalReplicas))
    bytes.append(Int64(replicas.count))
    for replica in replicas {
      bytes.append(replica)
    }
    bytes.append(Int64(divergences.count))
    for divergence in divergences {
      bytes.append(divergence)
    }
    return ContentHash(of: bytes.bytes)
  }
}

/// An unambiguous encoding of values: a number takes eight bytes, and a text or a list follows its count.
private struct ContentBytes {
  var bytes: [UInt8] = []

  init() {
    bytes.reserveCapacity(1_024)
  }

  mutating func append(_ number: Int64) {
    var rest = UInt64(bitPattern: number)
    for _ in 0..<8 {
      bytes.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }

  mutating func append(_ text: String) {
    append(Int64(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  mutating func append(_ replica: Replica) {
    append(replica.engineID)
    append(replica.endpoint)
    append(replica.engineKind)
    append(replica.engineVersion)
    append(replica.cluster)
    append(Int64(replica.condition.state.rawValue))
    append(replica.condition.reason)
    append(replica.condition.changedAt.microseconds)
    append(replica.maxModelLen)
    append(replica.root)
    append(Int64(replica.via.count))
    for cluster in replica.via { append(cluster) }
  }

  mutating func append(_ divergence: Divergence) {
    append(divergence.field)
    append(Int64(divergence.values.count))
    for (value, engineIDs) in divergence.values {
      append(value)
      append(Int64(engineIDs.count))
      for engineID in engineIDs {
        append(engineID)
      }
    }
  }
}
