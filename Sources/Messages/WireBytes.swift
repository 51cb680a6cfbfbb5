/// The parts of the wire format that are needed to concatenate packed messages.
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

  /// Appends gRPC's prefix of a message of `count` bytes: no compression, length in network byte order.
  package mutating func appendFramePrefix(count: Int) {
    append(0)
    for shift in [24, 16, 8, 0] { append(UInt8(truncatingIfNeeded: count >> shift)) }
  }
}

/// The number of bytes that `value` takes as a varint.
package func varintSize(_ value: UInt64) -> Int {
  Swift.max(1, (70 - value.leadingZeroBitCount) / 7)
}
