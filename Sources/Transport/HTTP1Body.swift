import HTTP
import HTTPTypes
import NIOCore
import NIOHTTP1

/// The body of an HTTP/1.1 response that the server sends piece by piece.
struct HTTP1Body {
  private(set) var source: (any BodySource)?
  /// Whether the connection asks the source when there is room; false while the source waits for a wake.
  var isReady = false
  /// Whether the connection is asking the source now: a failed write can lead back to the same code at once.
  var isProducing = false
  /// Whether only the end of the connection ends the body.
  var endsWithConnection = false

  var isEndless: Bool { source?.isEndless ?? false }

  /// Slices as one buffer; nil when they are empty.
  static func buffer(_ slices: [ArraySlice<UInt8>], _ allocator: ByteBufferAllocator) -> ByteBuffer? {
    let count = slices.reduce(0) { $0 + $1.count }
    guard count > 0 else { return nil }
    var buffer = allocator.buffer(capacity: count)
    for slice in slices { buffer.writeBytes(slice) }
    return buffer
  }

  mutating func begin(_ source: any BodySource) {
    self.source = source
    isReady = true
  }

  /// Removes and returns the source, so that the caller can close it; nil when there is none.
  mutating func end() -> (any BodySource)? {
    defer { source = nil }
    return source
  }
}

extension HTTPHeaders {
  /// The header fields of a response. `length` is its body's, in bytes; nil when it is unknown or there is no body.
  init(_ response: Response, length: Int?, date: String) {
    self.init()
    add(name: "date", value: date)
    for field in response.fields { add(name: field.name.canonicalName, value: field.value) }
    // A prepared head already has the length.
    if response.head == nil, let length { add(name: "content-length", value: String(length)) }
  }
}
