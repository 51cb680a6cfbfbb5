internal import CZlib

/// A stream of gzip (RFC 1952) that is made a piece at a time. Equal content has equal bytes: the header has no time.
@safe
package struct Gzip: ~Copyable {
  /// Six times smaller than the JSON of a list, at a third of the cost of the highest.
  private static let level: Int32 = 5
  /// The largest window, and 16 for the header and trailer of gzip in place of zlib's.
  private static let windowBits = MAX_WBITS + 16
  private static let memoryLevel: Int32 = 8

  /// zlib keeps a pointer to its stream, which therefore stays where it is.
  private let stream: UnsafeMutablePointer<z_stream>
  /// Where zlib writes to.
  private var output = [UInt8](repeating: 0, count: 65_536)
  /// What was compressed so far.
  package private(set) var bytes: [UInt8] = []

  package init() {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let result = unsafe deflateInit2_(
      stream, Self.level, Z_DEFLATED, Self.windowBits, Self.memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    // Z_MEM_ERROR; Z_STREAM_ERROR and Z_VERSION_ERROR cannot be.
    guard result == Z_OK else { fatalError("zlib: error \(result)") }
  }

  deinit {
    unsafe deflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Takes more of the content.
  package mutating func append(_ content: ArraySlice<UInt8>) {
    unsafe content.withUnsafeBufferPointer { content in
      // zlib counts in 32 bits, and does not write to its input.
      unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: content.baseAddress)
      unsafe stream.pointee.avail_in = UInt32(content.count)
      deflate(Z_NO_FLUSH)
    }
  }

  /// Ends the stream: `bytes` are complete.
  package mutating func finish() {
    unsafe stream.pointee.next_in = nil
    unsafe stream.pointee.avail_in = 0
    deflate(Z_FINISH)
  }

  /// Runs zlib until it has taken all and, at the end, has given all.
  private mutating func deflate(_ flush: Int32) {
    var room: Int
    repeat {
      unsafe output.withUnsafeMutableBufferPointer { output in
        unsafe stream.pointee.next_out = output.baseAddress
        unsafe stream.pointee.avail_out = UInt32(output.count)
        // Z_OK, Z_STREAM_END, or Z_BUF_ERROR where nothing was left to do.
        unsafe CZlib.deflate(stream, flush)
      }
      room = unsafe Int(stream.pointee.avail_out)
      bytes.append(contentsOf: output[..<(output.count - room)])
    } while room == 0
  }
}
