/// Keys in ascending order, back to back as `namespace NUL id`. Neither part contains NUL, so the order of these bytes
/// is the order of the keys.
struct PackedKeys: Sendable {
  private(set) var bytes: [UInt8] = []
  private(set) var ends: [UInt32] = []

  var count: Int { ends.count }

  mutating func reserve(keys: Int, bytes: Int) {
    ends.reserveCapacity(keys)
    self.bytes.reserveCapacity(bytes)
  }

  mutating func append(_ key: ModelKey) {
    bytes.append(contentsOf: key.namespace.utf8)
    bytes.append(0)
    bytes.append(contentsOf: key.id.utf8)
    ends.append(UInt32(bytes.count))
  }

  mutating func append(_ range: Range<Int>, of other: PackedKeys) {
    let source = other.start(of: range.lowerBound)..<other.start(of: range.upperBound)
    let base = bytes.count - source.lowerBound
    bytes.append(contentsOf: other.bytes[source])
    for index in range {
      ends.append(UInt32(base + Int(other.ends[index])))
    }
  }

  /// The offset at which key `index` begins; for `count` it is the end of all keys.
  func start(of index: Int) -> Int {
    index == 0 ? 0 : Int(ends[index - 1])
  }
}

/// A place between keys, for a look-up that does not build a key's bytes.
struct Bound {
  var namespace: String
  /// 0 for a key; 1 places the bound after every key of the namespace.
  var separator: UInt8
  var id: String
  /// Whether the bound lies after a key that is equal to it.
  var includesEqual: Bool

  static func before(_ key: ModelKey) -> Bound {
    Bound(namespace: key.namespace, separator: 0, id: key.id, includesEqual: false)
  }

  static func after(_ key: ModelKey) -> Bound {
    Bound(namespace: key.namespace, separator: 0, id: key.id, includesEqual: true)
  }

  static func start(of namespace: String) -> Bound {
    Bound(namespace: namespace, separator: 0, id: "", includesEqual: false)
  }

  static func end(of namespace: String) -> Bound {
    Bound(namespace: namespace, separator: 1, id: "", includesEqual: false)
  }

  var byteCount: Int { namespace.utf8.count + 1 + id.utf8.count }
}

/// How many bytes the bound shares with the key below and the key above the range that the search has left. Every key
/// in the range shares at least the smaller number, so comparing begins after it.
struct SharedPrefix {
  var below = 0
  var above = 0
}

extension PackedKeys {
  /// The number of keys before a bound.
  func countBefore(_ bound: borrowing Bound, sharing prefix: inout SharedPrefix) -> Int {
    let namespace = bound.namespace.utf8Span.span
    let id = bound.id.utf8Span.span
    let boundCount = namespace.count + 1 + id.count
    let keys = bytes.span
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      let start = start(of: middle)
      let keyCount = Int(ends[middle]) - start
      let common = min(keyCount, boundCount)
      var shared = min(prefix.below, prefix.above)
      // The first bytes that differ; equal when the key or the bound is a prefix of the other.
      var keyByte: UInt8 = 0
      var boundByte: UInt8 = 0
      while shared <= namespace.count && shared < common {
        keyByte = keys[start + shared]
        boundByte = shared < namespace.count ? namespace[shared] : bound.separator
        if keyByte != boundByte { break }
        shared += 1
      }
      // Most bytes to compare are in the id, so it has its own loop with one comparison a byte.
      if shared > namespace.count {
        let keyShift = start + namespace.count + 1
        let idCommon = common - namespace.count - 1
        var sharedID = shared - namespace.count - 1
        while sharedID < idCommon {
          keyByte = keys[keyShift + sharedID]
          boundByte = id[sharedID]
          if keyByte != boundByte { break }
          sharedID += 1
        }
        shared = sharedID + namespace.count + 1
      }
      let isBefore =
        if shared < common {
          keyByte < boundByte
        } else {
          keyCount < boundCount || (keyCount == boundCount && bound.includesEqual)
        }
      if isBefore {
        low = middle + 1
        prefix.below = shared
      } else {
        high = middle
        prefix.above = shared
      }
    }
    return low
  }
}
