/// A hash of one field and a value of it; the same in every process.
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

/// The fields whose values are terms. A number belongs to its field for ever: hashes may be kept.
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
    // No text has this byte: the name ends here.
    hasher.combine(0xff)
    hasher.combine(value)
    return mixed(hasher.hash)
  }
}

/// FNV-1a alone leaves the high bits of short texts alike (the finalizer of MurmurHash3).
private func mixed(_ hash: TermHash) -> TermHash {
  var hash = hash
  hash = (hash ^ (hash >> 33)) &* 0xff51_afd7_ed55_8ccd
  hash = (hash ^ (hash >> 33)) &* 0xc4ce_b9fe_1a85_ec53
  return hash ^ (hash >> 33)
}
