import HTTP
import NIOCore
import NIOHTTP1

/// The request that an HTTP/1.1 connection is receiving. There is one at a time: NIO's pipelining handler holds the
/// next back.
struct HTTP1Request {
  /// The largest body, in bytes; a larger body is dropped as it arrives.
  private let limit: Int
  private var head: HTTPRequestHead?
  /// Whether the request is complete and waits for its turn.
  private(set) var isWhole = false
  private(set) var body: [UInt8] = []
  private(set) var bodyIsTooLarge = false

  init(limit: Int) {
    self.limit = limit
  }

  /// Whether only a part of the request has arrived.
  var isUnfinished: Bool { head != nil && !isWhole }

  mutating func begin(_ head: HTTPRequestHead) {
    self.head = head
    isWhole = false
    body = []
    bodyIsTooLarge = false
  }

  mutating func append(_ bytes: ByteBuffer) {
    guard head != nil else { return }
    bodyIsTooLarge = bodyIsTooLarge || body.count + bytes.readableBytes > limit
    if bodyIsTooLarge { body = [] } else { body.append(contentsOf: bytes.readableBytesView) }
  }

  /// Ends the request. Returns whether a complete request is there now.
  mutating func end() -> Bool {
    isWhole = head != nil
    return isWhole
  }

  /// The head of a complete request; nil when there is none, or when it was taken before.
  mutating func takeHead() -> HTTPRequestHead? {
    guard isWhole else { return nil }
    isWhole = false
    defer { head = nil }
    return head
  }

  /// The body of the request; taken once, after the head.
  mutating func takeBody() -> [UInt8] {
    defer { body = [] }
    return body
  }

  /// Drops a request that nothing will answer.
  mutating func drop() {
    head = nil
    isWhole = false
    body = []
  }
}

/// The header fields of one request, as NIO holds them.
final class HTTP1Fields: RequestFields {
  private let headers: HTTPHeaders

  init(_ headers: HTTPHeaders) {
    self.headers = headers
  }

  func value(of name: String) -> String? {
    let values = headers[name]
    return values.isEmpty ? nil : values.joined(separator: ", ")
  }
}
