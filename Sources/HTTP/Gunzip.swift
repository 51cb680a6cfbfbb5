internal import CZlib

/// Reads a gzip stream (RFC 1952), which may have several members.
@safe
package enum Gunzip {
  package enum Failure: Error, Hashable {
    /// It is no gzip stream, or ends early.
    case malformed
    /// Its content passes the limit.
    case tooLarge
  }

  /// The most bytes that zlib writes at a time.
  private static let piece = 65_536

  package static func content(of bytes: [UInt8], limit: Int) throws(Failure) -> [UInt8] {
    try content(of: bytes[...], limit: limit)
  }

  /// The content of a stream, if it is at most `limit` bytes long. It takes little more memory than the content or the
  /// limit, whatever the stream would expand to.
  package static func content(of bytes: ArraySlice<UInt8>, limit: Int) throws(Failure) -> [UInt8] {
    // zlib keeps a pointer to its stream, which therefore must not move.
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    defer { unsafe stream.deallocate() }
    // 16 stands for gzip's header and trailer instead of zlib's own.
    let begun = unsafe inflateInit2_(stream, MAX_WBITS + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard begun == Z_OK else { throw .malformed }
    defer { unsafe inflateEnd(stream) }
    var content = [UInt8]()
    var output = [UInt8](repeating: 0, count: min(piece, max(4_096, bytes.count * 4)))
    let isWhole = unsafe bytes.withUnsafeBufferPointer { input -> Bool in
      // zlib counts in 32 bits, and does not write to its input.
      unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
      unsafe stream.pointee.avail_in = UInt32(input.count)
      while content.count <= limit {
        let result = unsafe output.withUnsafeMutableBufferPointer { output in
          unsafe stream.pointee.next_out = output.baseAddress
          unsafe stream.pointee.avail_out = UInt32(output.count)
          return unsafe inflate(stream, Z_NO_FLUSH)
        }
        let count = unsafe output.count - Int(stream.pointee.avail_out)
        if content.count + count > content.capacity {
          content.reserveCapacity(max(content.count + count, min(content.capacity * 2, limit)))
        }
        content += output[..<count]
        if result == Z_STREAM_END {
          guard unsafe stream.pointee.avail_in > 0 else { return true }
          guard unsafe inflateReset(stream) == Z_OK else { return false }
          continue
        }
        // Without output it wants input that is not there.
        guard result == Z_OK, count > 0 else { return false }
      }
      return true
    }
    guard content.count <= limit else { throw .tooLarge }
    guard isWhole else { throw .malformed }
    return content
  }
}
