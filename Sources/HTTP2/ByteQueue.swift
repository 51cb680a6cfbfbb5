/// Bytes taken from the front and appended at the back, contiguous.
package struct ByteQueue {
  package private(set) var bytes: [UInt8] = []
  /// Where what is not taken begins in `bytes`.
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
    bytes.removeAll(keepingCapacity: bytes.capacity <= 65_536)
    start = 0
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
  private var slices: [ArraySlice<UInt8>] = []
  private var first = 0
  private(set) var byteCount = 0

  mutating func append(_ slice: ArraySlice<UInt8>) {
    guard !slice.isEmpty else { return }
    slices.append(slice)
    byteCount += slice.count
  }

  /// Copies `count` bytes (no more than there are) to `target` and forgets them.
  mutating func move(_ count: Int, to target: UnsafeMutableRawPointer) {
    var left = count
    var target = unsafe target
    byteCount -= count
    while left > 0 {
      let taken = min(left, slices[first].count)
      unsafe slices[first].withUnsafeBytes { unsafe target.copyMemory(from: $0.baseAddress!, byteCount: taken) }
      unsafe target += taken
      left -= taken
      if taken == slices[first].count {
        slices[first] = []
        first += 1
      } else {
        slices[first].removeFirst(taken)
      }
    }
    if first == slices.count {
      slices.removeAll(keepingCapacity: true)
      first = 0
    }
  }

  mutating func removeAll() {
    slices.removeAll(keepingCapacity: true)
    first = 0
    byteCount = 0
  }
}
