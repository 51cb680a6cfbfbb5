/// Bytes taken from the front and appended at the back, contiguous.
package struct ByteQueue {
  package private(set) var bytes: [UInt8] = []
  /// Index in `bytes` of the first byte that is not taken.
  package private(set) var start = 0

  package init() {}

  package var count: Int { bytes.count - start }
  package var isEmpty: Bool { count == 0 }

  /// Forgets `count` bytes at the front.
  package mutating func drop(_ count: Int) {
    start += count
    if start == bytes.count {
      bytes.removeAll(keepingCapacity: bytes.capacity <= 65_536)
      start = 0
    }
  }

  package mutating func removeAll() {
    start = 0
    guard !bytes.isEmpty else { return }
    bytes.removeAll(keepingCapacity: bytes.capacity <= 65_536)
  }

  package mutating func append(_ more: UnsafeBufferPointer<UInt8>) {
    if start > 65_536 && start > bytes.count / 2 {
      bytes.removeSubrange(0..<start)
      start = 0
    }
    unsafe bytes.append(contentsOf: more)
  }
}

/// Slices sent one after the other, without copies until they reach the output.
struct SliceQueue {
  /// The slice that goes next; most bodies have no other.
  private var front: ArraySlice<UInt8> = []
  private var rest: [ArraySlice<UInt8>] = []
  /// Where in `rest` the slice after `front` is.
  private var next = 0
  private(set) var byteCount = 0
  /// Bytes that still go before the slices, the last ones of `prefix` in network order.
  private var prefixLeft = 0
  private var prefix: UInt64 = 0

  /// Puts gRPC's prefix of a message of `count` bytes in front; nothing was appended yet.
  mutating func begin(messageOf count: Int) {
    prefixLeft = 5
    prefix = UInt64(count)
    byteCount += 5
  }

  mutating func append(_ slice: ArraySlice<UInt8>) {
    guard !slice.isEmpty else { return }
    byteCount += slice.count
    if front.isEmpty { front = slice } else { rest.append(slice) }
  }

  /// Copies `count` bytes (no more than there are) to `target` and forgets them.
  mutating func move(_ count: Int, to target: UnsafeMutableRawPointer) {
    precondition(count <= byteCount)
    var left = count
    var target = unsafe target
    byteCount -= count
    while prefixLeft > 0 && left > 0 {
      prefixLeft -= 1
      unsafe target.storeBytes(of: UInt8(truncatingIfNeeded: prefix >> UInt64(8 * prefixLeft)), as: UInt8.self)
      unsafe target += 1
      left -= 1
    }
    while left > 0 {
      let taken = min(left, front.count)
      unsafe front.withUnsafeBytes { unsafe target.copyMemory(from: $0.baseAddress!, byteCount: taken) }
      unsafe target += taken
      left -= taken
      if taken == front.count { advance() } else { front.removeFirst(taken) }
    }
  }

  mutating func removeAll() {
    if !front.isEmpty { front = [] }
    if !rest.isEmpty { rest.removeAll(keepingCapacity: true) }
    next = 0
    byteCount = 0
    prefixLeft = 0
  }

  private mutating func advance() {
    guard next < rest.count else {
      front = []
      if next > 0 { rest.removeAll(keepingCapacity: true) }
      next = 0
      return
    }
    front = rest[next]
    rest[next] = []
    next += 1
  }
}
