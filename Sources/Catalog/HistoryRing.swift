/// How much of the past is held: whichever is reached first.
package struct HistoryLimits: Sendable {
  package var events: Int
  package var bytes: Int

  package init(events: Int = 100_000, bytes: Int = 64 << 20) {
    self.events = events
    self.bytes = bytes
  }
}

/// The last events, numbered without gaps by their position.
///
/// A value of immutable chunks: a copy is a view that shares them and never changes, so that readers neither wait for
/// the writer nor hold it up. Old events go a whole chunk at a time, and with the last copy that holds it.
package struct HistoryRing: Sendable {
  package let limits: HistoryLimits
  /// Everything after this public revision is held.
  package private(set) var floor: Int64
  /// The position of the first event that is held.
  package private(set) var start = 0
  /// The position that the next event will have.
  package private(set) var end = 0
  package private(set) var byteCount = 0
  private var chunks: [Chunk] = []
  private var tail: [RingEvent] = []
  private var tailByteCount = 0

  /// `revision`: the public revision before the first event.
  package init(after revision: Int64, limits: HistoryLimits = HistoryLimits()) {
    self.limits = limits
    floor = revision
  }

  package var count: Int { end - start }

  /// Small limits have small chunks: what is held falls short of a limit by an eighth at most.
  private var chunkEvents: Int { max(1, min(256, limits.events / 8)) }
  private var chunkBytes: Int { max(1, limits.bytes / 8) }

  /// `event` must not be of an earlier revision than the one before.
  package mutating func append(_ event: RingEvent) {
    tail.append(event)
    tailByteCount += event.byteCount
    byteCount += event.byteCount
    end += 1
    if tail.count >= chunkEvents || tailByteCount >= chunkBytes {
      chunks.append(Chunk(start: end - tail.count, events: tail, byteCount: tailByteCount))
      tail = []
      tailByteCount = 0
    }
    dropOld()
  }

  private mutating func dropOld() {
    var dropped = 0
    while dropped < chunks.count, count > limits.events || byteCount > limits.bytes {
      let chunk = chunks[dropped]
      floor = chunk.events.last?.revision ?? floor
      start = chunk.end
      byteCount -= chunk.byteCount
      dropped += 1
    }
    chunks.removeFirst(dropped)
  }

  /// The event at a position from `start` to `end` - 1.
  package func event(at position: Int) -> RingEvent {
    let tailStart = end - tail.count
    guard position < tailStart else { return tail[position - tailStart] }
    let chunk = chunks[partitionPoint(chunks.count) { chunks[$0].end <= position }]
    return chunk.events[position - chunk.start]
  }

  /// The position of the first event after a public revision; nil when not all of these are held any more.
  package func position(after revision: Int64) -> Int? {
    guard revision >= floor else { return nil }
    return start + partitionPoint(count) { event(at: start + $0).revision <= revision }
  }

  private final class Chunk: Sendable {
    let start: Int
    let events: [RingEvent]
    let byteCount: Int
    var end: Int { start + events.count }

    init(start: Int, events: [RingEvent], byteCount: Int) {
      self.start = start
      self.events = events
      self.byteCount = byteCount
    }
  }
}

/// How many of `count` things are before, when all that are precede all that are not.
func partitionPoint(_ count: Int, isBefore: (Int) -> Bool) -> Int {
  var low = 0
  var high = count
  while low < high {
    let middle = (low + high) / 2
    if isBefore(middle) { low = middle + 1 } else { high = middle }
  }
  return low
}
