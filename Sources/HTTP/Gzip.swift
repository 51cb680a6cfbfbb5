internal import CZlib

/// A gzip stream (RFC 1952) that is compressed a piece at a time. Equal content has equal bytes: the header has no
/// time.
@safe
package struct Gzip: ~Copyable {
  /// zlib's level: the output is six times smaller than the JSON of a list, at a third of the highest level's cost.
  private static let level: Int32 = 5
  /// The largest window, plus 16, which makes zlib write gzip's header and trailer instead of its own.
  private static let windowBits = MAX_WBITS + 16
  private static let memoryLevel: Int32 = 8

  /// zlib keeps a pointer to its stream, which therefore must not move.
  private let stream: UnsafeMutablePointer<z_stream>
  /// The buffer that zlib writes to.
  private var output = [UInt8](repeating: 0, count: 65_536)
  /// The bytes that are compressed so far.
  package private(set) var bytes: [UInt8] = []

  package init() {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let result = unsafe deflateInit2_(
      stream, Self.level, Z_DEFLATED, Self.windowBits, Self.memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    // The result can only be Z_MEM_ERROR: Z_STREAM_ERROR and Z_VERSION_ERROR are impossible here.
    guard result == Z_OK else { fatalError("zlib: error \(result)") }
  }

  deinit {
    unsafe deflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Compresses more of the content.
  package mutating func append(_ content: ArraySlice<UInt8>) {
    unsafe content.withUnsafeBufferPointer { content in
      // zlib counts in 32 bits, and does not write to its input.
      unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: content.baseAddress)
      unsafe stream.pointee.avail_in = UInt32(content.count)
      deflate(Z_NO_FLUSH)
    }
  }

  /// Ends the stream: `bytes` is complete afterwards.
  package mutating func finish() {
    unsafe stream.pointee.next_in = nil
    unsafe stream.pointee.avail_in = 0
    deflate(Z_FINISH)
  }

  /// Runs zlib until it has taken all input and, with Z_FINISH, has written all output.
  private mutating func deflate(_ flush: Int32) {
    var room: Int
    repeat {
      unsafe output.withUnsafeMutableBufferPointer { output in
        unsafe stream.pointee.next_out = output.baseAddress
        unsafe stream.pointee.avail_out = UInt32(output.count)
        // The result is Z_OK, Z_STREAM_END, or Z_BUF_ERROR where nothing was left to do.
        unsafe CZlib.deflate(stream, flush)
      }
      room = unsafe Int(stream.pointee.avail_out)
      bytes.append(contentsOf: output[..<(output.count - room)])
    } while room == 0
  }
}
