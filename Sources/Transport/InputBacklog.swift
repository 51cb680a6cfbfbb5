import HTTP2
import NIOCore

/// The events, and the bytes after them, that a connection received but has not handled when the event loop's turn
/// ends.
///
/// While many bytes wait, the connection reads no more from its socket.
struct InputBacklog {
  /// This array and the session's swap places each time the events here are all handled.
  private var events: [Event] = []
  private var nextEvent = 0
  private var unread = ByteBuffer()
  private var holdsRead = false

  /// Whether nothing waits; if something does, new bytes have to wait after it.
  var isEmpty: Bool { !hasEvents && unread.readableBytes == 0 }
  var hasEvents: Bool { nextEvent < events.count }

  /// The next event, from the session when all earlier events are handled; nil when there is none.
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

  /// Removes and returns the bytes that wait; nil when there are none.
  mutating func takeUnread() -> ByteBuffer? {
    guard unread.readableBytes > 0 else { return nil }
    defer { unread = ByteBuffer() }
    return unread
  }

  /// Drops the bytes that nothing will answer any more.
  mutating func dropUnread() {
    unread.clear()
  }

  /// Whether the connection may read on now; if not, a later `releaseRead` allows it.
  mutating func allowsRead() -> Bool {
    guard unread.readableBytes >= ServerStreams.lowWater else { return true }
    holdsRead = true
    return false
  }

  /// Whether the connection may do the read that was held back.
  mutating func releaseRead() -> Bool {
    guard holdsRead, unread.readableBytes == 0 else { return false }
    holdsRead = false
    return true
  }
}
