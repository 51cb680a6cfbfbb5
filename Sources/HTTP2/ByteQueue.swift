/// A contiguous queue of bytes: append at the back, take from the front.
package struct ByteQueue {
  package private(set) var bytes: [UInt8] = []
  /// The index in `bytes` of the first byte in the queue.
  package private(set) var start = 0

  package init() {}

  package var count: Int { bytes.count - start }
  package var isEmpty: Bool { count == 0 }

  /// Removes `count` bytes from the front.
  package mutating func drop(_ count: Int) {
    start += count
    if start == bytes.count {
      bytes.removeAll(keepingCapacity: bytes.capacity <= 8_192)
      start = 0
    }
  }

  package mutating func removeAll() {
    start = 0
    guard !bytes.isEmpty else { return }
    bytes.removeAll(keepingCapacity: bytes.capacity <= 8_192)
  }

  package mutating func append(_ more: UnsafeBufferPointer<UInt8>) {
    if start > 65_536 && start > bytes.count / 2 {
      bytes.removeSubrange(0..<start)
      start = 0
    }
    unsafe bytes.append(contentsOf: more)
  }
}

/// A queue of slices for output. It copies the bytes only when they move to the output buffer.
struct SliceQueue {
  /// The size of gRPC's prefix of a message, in bytes.
  static let messagePrefix = 5

  /// The first slice; most bodies have only this slice.
  private var front: ArraySlice<UInt8> = []
  private var rest: [ArraySlice<UInt8>] = []
  /// The index in `rest` of the slice after `front`.
  private var next = 0
  private(set) var byteCount = 0
  /// The number of bytes of `prefix` to send before the slices: its last bytes in network byte order.
  private var prefixLeft = 0
  private var prefix: UInt64 = 0

  /// Puts gRPC's prefix of a message of `count` bytes at the front. The queue must be empty.
  mutating func begin(messageOf count: Int, isCompressed: Bool) {
    prefixLeft = Self.messagePrefix
    prefix = UInt64(count) | (isCompressed ? 1 << 32 : 0)
    byteCount += Self.messagePrefix
  }

  @inline(__always)
  mutating func append(_ slice: ArraySlice<UInt8>) {
    guard !slice.isEmpty else { return }
    byteCount += slice.count
    if front.isEmpty { front = slice } else { rest.append(slice) }
  }

  /// Moves `count` bytes to `target`; the queue must have as many.
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
