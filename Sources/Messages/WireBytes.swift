/// The few primitives of the wire format that concatenating already packed messages needs.
extension Array where Element == UInt8 {
  package mutating func appendVarint(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    append(UInt8(value))
  }

  package mutating func appendTag(_ field: Int, wireType: UInt64) {
    appendVarint(UInt64(field) << 3 | wireType)
  }

  /// gRPC's prefix of a message of `count` bytes: not compressed, length in network order.
  package mutating func appendFramePrefix(count: Int) {
    append(0)
    for shift in [24, 16, 8, 0] { append(UInt8(truncatingIfNeeded: count >> shift)) }
  }
}

/// Bytes that `value` takes as a varint.
package func varintSize(_ value: UInt64) -> Int {
  Swift.max(1, (70 - value.leadingZeroBitCount) / 7)
}
