import HTTP2

/// The streams of a connection that are answered piece by piece; the connection asks them in round-robin order.
struct ProducerList {
  private var streams: [ServerStream] = []
  /// The place at which the next turn begins.
  private var next = 0

  var isEmpty: Bool { streams.isEmpty }

  /// The streams, in no order.
  var all: [ServerStream] { streams }

  /// Whether a stream has more to give, and room for it.
  var hasMore: Bool {
    streams.contains { ($0.isReady || $0.waitsForRoom) && $0.outgoingByteCount < ServerStreams.lowWater }
  }

  mutating func add(_ stream: ServerStream) {
    stream.producerIndex = streams.count
    stream.isReady = true
    streams.append(stream)
  }

  mutating func remove(_ stream: ServerStream) {
    guard stream.producerIndex >= 0 else { return }
    let last = streams.removeLast()
    if last !== stream {
      streams[stream.producerIndex] = last
      last.producerIndex = stream.producerIndex
    }
    stream.producerIndex = -1
  }

  mutating func removeAll() {
    streams.removeAll()
  }

  /// The streams as they are now: a stream that ends leaves the list while the caller walks over it.
  mutating func round() -> [ServerStream] {
    if next >= streams.count { next = 0 }
    return streams
  }

  /// The place of the next stream in a round of `count`.
  mutating func advance(in count: Int) -> Int {
    let place = next
    next = next + 1 == count ? 0 : next + 1
    return place
  }

  /// Marks every stream as ready: after a change each of them may have more.
  func wake() {
    for stream in streams { stream.isReady = true }
  }

  /// Marks the streams as ready that had nothing yet in an earlier turn.
  func wakeAskedLater() {
    for stream in streams where stream.isAskedLater {
      stream.isAskedLater = false
      stream.isReady = true
    }
  }
}
