import HTTP2
import NIOCore

/// Events, and bytes behind them, that a connection received when the event loop's turn was over.
///
/// Where they are many, the connection is not read from meanwhile.
struct InputBacklog {
  /// Used by turns with the session's.
  private var events: [Event] = []
  private var nextEvent = 0
  private var unread = ByteBuffer()
  private var holdsRead = false

  /// Whether nothing waits; else new bytes have to wait behind it.
  var isEmpty: Bool { !hasEvents && unread.readableBytes == 0 }
  var hasEvents: Bool { nextEvent < events.count }

  /// The next event, from the session's when all before are handled.
  mutating func next(_ session: Session) -> Event? {
    if nextEvent == events.count {
      events.removeAll(keepingCapacity: true)
      nextEvent = 0
      guard !session.events.isEmpty else { return nil }
      swap(&events, &session.events)
    }
    defer { nextEvent += 1 }
    return events[nextEvent]
  }

  mutating func keep(_ bytes: ByteBuffer) {
    var bytes = bytes
    if unread.readableBytes == 0 { unread = bytes } else { unread.writeBuffer(&bytes) }
  }

  /// The bytes that wait; nil when there are none.
  mutating func takeUnread() -> ByteBuffer? {
    guard unread.readableBytes > 0 else { return nil }
    defer { unread = ByteBuffer() }
    return unread
  }

  /// Drops bytes that nothing will answer any more.
  mutating func dropUnread() {
    unread.clear()
  }

  /// Whether to read on now; if not, a later `releaseRead` allows it.
  mutating func allowsRead() -> Bool {
    guard unread.readableBytes >= ServerStreams.lowWater else { return true }
    holdsRead = true
    return false
  }

  /// Whether a read that was held may be done now.
  mutating func releaseRead() -> Bool {
    guard holdsRead, unread.readableBytes == 0 else { return false }
    holdsRead = false
    return true
  }
}
