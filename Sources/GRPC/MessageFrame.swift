/// One length-prefixed message in a buffer (grpc/doc/PROTOCOL-HTTP2.md): a flag, four bytes of length, the message.
package enum MessageFrame {
  package static let prefixCount = 5

  /// The prefix of a message of `count` bytes that is not compressed.
  package static func prefix(_ count: Int) -> [UInt8] {
    let length = UInt32(count)
    return [
      0, UInt8(truncatingIfNeeded: length >> 24), UInt8(truncatingIfNeeded: length >> 16),
      UInt8(truncatingIfNeeded: length >> 8), UInt8(truncatingIfNeeded: length),
    ]
  }

  package enum Next: Hashable {
    /// The range of a whole message in the buffer; the next frame begins at its end.
    case message(Range<Int>)
    /// The range of a whole message that is compressed with the call's encoding.
    case compressed(Range<Int>)
    /// The frame needs more bytes; `needed` is its whole size in bytes, or 5 while its length is unknown.
    case incomplete(needed: Int)
    case failed(Status)
  }

  /// Reads the frame at `start` of a call with this encoding; a message over `limit` bytes fails.
  package static func next(
    in bytes: [UInt8], from start: Int, limit: Int, encoding: MessageEncoding = .identity
  ) -> Next {
    guard bytes.count - start >= prefixCount else { return .incomplete(needed: prefixCount) }
    let isCompressed = bytes[start] == 1
    switch bytes[start] {
    case 0: break
    case 1 where encoding == .identity:
      // An ill-constructed message (grpc/doc/compression.md).
      return .failed(
        Status(.internal, "a message has the compressed flag, and the call has no grpc-encoding other than identity"))
    case 1: break
    default: return .failed(Status(.internal, "the compressed flag of a message is \(bytes[start]), not 0 or 1"))
    }
    let count =
      Int(bytes[start + 1]) << 24 | Int(bytes[start + 2]) << 16 | Int(bytes[start + 3]) << 8 | Int(bytes[start + 4])
    guard count <= limit else {
      return .failed(
        Status(.resourceExhausted, "a message of \(count) bytes is larger than the limit of \(limit) bytes"))
    }
    let first = start + prefixCount
    guard bytes.count - first >= count else { return .incomplete(needed: prefixCount + count) }
    return isCompressed ? .compressed(first..<first + count) : .message(first..<first + count)
  }
}
