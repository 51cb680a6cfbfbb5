import HTTP
import NIOCore

/// The body of an HTTP/1.1 response that the server sends piece by piece.
struct HTTP1Body {
  private(set) var source: (any BodySource)?
  /// Whether the connection asks the source when there is room; false while the source waits for a wake.
  var isReady = false
  /// Whether the connection is asking the source now: a failed write can lead back to the same code at once.
  var isProducing = false
  private(set) var framing = HTTP1ResponseHead.Framing.length

  var isEndless: Bool { source?.isEndless ?? false }
  /// Whether only the end of the connection ends the body.
  var endsWithConnection: Bool { framing == .connection }

  mutating func begin(_ source: any BodySource, _ framing: HTTP1ResponseHead.Framing) {
    self.source = source
    self.framing = framing
    isReady = true
  }

  /// Removes and returns the source, so that the caller can close it; nil when there is none.
  mutating func end() -> (any BodySource)? {
    defer { source = nil }
    return source
  }

  /// A piece of the body as it is sent; nil when it is empty.
  func piece(_ slices: [ArraySlice<UInt8>], _ allocator: ByteBufferAllocator) -> ByteBuffer? {
    let count = slices.reduce(0) { $0 + $1.count }
    guard count > 0 else { return nil }
    var buffer = allocator.buffer(capacity: count + 12)
    if framing == .chunked {
      buffer.writeString(String(count, radix: 16))
      buffer.writeString("\r\n")
    }
    for slice in slices { buffer.writeBytes(slice) }
    if framing == .chunked { buffer.writeString("\r\n") }
    return buffer
  }

  /// The bytes behind the last piece.
  var last: ByteBuffer { framing == .chunked ? ByteBuffer(string: "0\r\n\r\n") : ByteBuffer() }
}
