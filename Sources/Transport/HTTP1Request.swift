import HTTP
import NIOCore

/// The request that an HTTP/1.1 connection is receiving. There is one at a time: the connection parses the next when
/// this one is answered.
struct HTTP1Request {
  private(set) var head: HTTP1Head?
  private(set) var isWhole = false
  private var body: [UInt8] = []

  /// Whether only a part of the request has arrived.
  var isUnfinished: Bool { head != nil && !isWhole }

  /// The bytes of the body so far.
  var size: Int { body.count }

  mutating func begin(_ head: HTTP1Head) {
    self.head = head
    isWhole = false
    body = []
  }

  mutating func append(_ bytes: ByteBuffer) {
    body.append(contentsOf: bytes.readableBytesView)
  }

  mutating func end() {
    isWhole = head != nil
  }

  /// Removes and returns the complete request; nil when there is none.
  mutating func take() -> (head: HTTP1Head, body: [UInt8])? {
    guard isWhole, let head else { return nil }
    defer { drop() }
    return (head, body)
  }

  /// Drops a request that nothing will answer.
  mutating func drop() {
    head = nil
    isWhole = false
    body = []
  }
}
