import HTTP
import NIOCore

/// The bytes that an HTTP/1.1 connection received, on their way to requests.
///
/// While a request is answered the bytes behind it wait, and the connection soon reads no more from its socket.
struct HTTP1Input {
  /// The number of waiting bytes from which on the connection reads no more.
  private static let highWater = 16_384

  private var parser: HTTP1Parser
  private var unread = ByteBuffer()
  private var holdsRead = false
  private var isDropped = false
  /// Whether the client has ended its side.
  private(set) var hasEnded = false
  private let maxUnread: Int
  private var received = 0
  private var requests = 0

  /// The counts by which the life of the connection judges its client.
  func facts(_ request: HTTP1Request, _ writer: HTTP1ResponseWriter) -> ConnectionFacts {
    var facts = ConnectionFacts()
    (facts.received, facts.signsOfLife) = (received, requests)
    if parser.hasPartOfHead { facts.partialHead = requests }
    facts.hasPartialBody = request.isUnfinished
    (facts.sent, facts.isBlocked) = (writer.output.taken, writer.isBlocked)
    return facts
  }

  init(_ limits: Limits) {
    parser = HTTP1Parser(
      maxHeadSize: limits[.headerBytes], maxFieldCount: limits[.headerFields], maxBodySize: limits[.bodyBytes])
    maxUnread = limits[.headerBytes] + limits[.bodyBytes]
  }

  /// The part of a refused head that arrived; nil when its request line did not.
  var refusedHead: HTTP1Head? { parser.refusedHead }
  /// The number of bytes that wait.
  var count: Int { unread.readableBytes }
  var isEmpty: Bool { count == 0 }

  /// Keeps bytes until they are parsed. NIO reads on to the end after the client has ended its side: beyond the largest
  /// request the rest is dropped.
  mutating func append(_ bytes: ByteBuffer) {
    received += bytes.readableBytes
    guard !isDropped else { return }
    var bytes = bytes
    guard count + bytes.readableBytes <= maxUnread + Self.highWater else {
      isDropped = true
      return
    }
    if isEmpty { unread = bytes } else { unread.writeBuffer(&bytes) }
  }

  mutating func end() {
    hasEnded = true
  }

  mutating func next() -> HTTP1Parser.Event? {
    let event = parser.next(&unread)
    // An empty buffer would keep the memory of the last read.
    if isEmpty { unread = ByteBuffer() }
    if case .head? = event { requests += 1 }
    return event
  }

  mutating func receiveBody(_ framing: HTTP1Framing) {
    parser.receiveBody(framing)
  }

  /// Drops all bytes, also those that will come: no request is accepted any more.
  mutating func drop() {
    isDropped = true
    unread = ByteBuffer()
  }

  /// Whether the connection may read on now; if not, a later `releaseRead` allows it.
  mutating func allowsRead() -> Bool {
    guard count >= Self.highWater else { return true }
    holdsRead = true
    return false
  }

  /// Whether the connection may do the read that was held back.
  mutating func releaseRead() -> Bool {
    guard holdsRead, count < Self.highWater else { return false }
    holdsRead = false
    return true
  }
}
