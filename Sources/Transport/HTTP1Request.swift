import HTTP
import NIOCore
import NIOHTTP1

/// The request that comes on an HTTP/1.1 connection: one at a time, for NIO's pipelining handler holds the next one back.
struct HTTP1Request {
  /// Of the body; a larger one is dropped as it comes.
  private let limit: Int
  private var head: HTTPRequestHead?
  /// Whether it waits for its turn.
  private(set) var isWhole = false
  private(set) var body: [UInt8] = []
  private(set) var bodyIsTooLarge = false

  init(limit: Int) {
    self.limit = limit
  }

  /// Whether only a part of it is here.
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

  /// Returns whether there is a request that is whole now.
  mutating func end() -> Bool {
    isWhole = head != nil
    return isWhole
  }

  /// The head of a whole request; once.
  mutating func takeHead() -> HTTPRequestHead? {
    guard isWhole else { return nil }
    isWhole = false
    defer { head = nil }
    return head
  }

  /// The body of the request; once, after its head.
  mutating func takeBody() -> [UInt8] {
    defer { body = [] }
    return body
  }

  /// Forgets the request: nothing will answer it.
  mutating func drop() {
    head = nil
    isWhole = false
    body = []
  }
}

/// The header fields of one request, as NIO has them.
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
