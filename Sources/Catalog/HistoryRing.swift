/// How much of the past is held: whichever is reached first.
package struct HistoryLimits: Sendable {
  package var events: Int
  package var bytes: Int
  package var age: Duration

  package init(events: Int = 100_000, bytes: Int = 64 << 20, age: Duration = .seconds(3_600)) {
    self.events = events
    self.bytes = bytes
    self.age = age
  }
}

/// The last transactions and their events; these are numbered without gaps by their position.
///
/// A value of immutable chunks: a copy is a view that shares them and never changes, so that readers neither wait for
/// the writer nor hold it up. Old transactions go a whole chunk at a time, and with the last copy that holds it.
package struct HistoryRing: Sendable {
  package let limits: HistoryLimits
  /// The moment before everything that is held.
  package private(set) var floor: RevisionMark
  /// The last moment.
  package private(set) var last: RevisionMark
  /// The position of the first event that is held.
  package private(set) var start = 0
  /// The position that the next event will have.
  package private(set) var end = 0
  package private(set) var byteCount = 0
  /// Transactions that are held, also those without events.
  package private(set) var markCount = 0
  private var chunks: [HistoryChunk] = []
  private var tail = HistoryPart(start: 0)

  /// `floor`: the moment before the first transaction.
  package init(after floor: RevisionMark, limits: HistoryLimits = HistoryLimits()) {
    self.limits = limits
    self.floor = floor
    last = floor
  }

  /// Events that are held.
  package var count: Int { end - start }

  /// Small limits have small chunks: what is held falls short of a limit by an eighth at most.
  private var chunkEvents: Int { max(1, min(256, limits.events / 8)) }
  private var chunkBytes: Int { max(1, limits.bytes / 8) }

  /// Takes one transaction, of a later revision than the one before, with its events in order.
  package mutating func append(revision: Int64, time: Timestamp, events: [RingEvent]) {
    // A clock that is set back makes no moment earlier than the one before.
    last = RevisionMark(revision: revision, time: max(time, last.time))
    byteCount -= tail.byteCount
    tail.append(last, events)
    byteCount += tail.byteCount
    end += events.count
    markCount += 1
    if tail.events.count >= chunkEvents || tail.byteCount >= chunkBytes || tail.markCount >= 256 { closeTail() }
    drop { ring, _ in ring.count > ring.limits.events || ring.byteCount > ring.limits.bytes }
  }

  /// Drops what is older than the limit of age.
  package mutating func expire(at now: Timestamp) {
    if let newest = tail.last, now - newest.time > limits.age { closeTail() }
    drop { ring, chunk in now - chunk.last.time > ring.limits.age }
  }

  private mutating func closeTail() {
    guard let chunk = HistoryChunk(tail) else { return }
    chunks.append(chunk)
    tail = HistoryPart(start: end)
  }

  private mutating func drop(while isTooMuch: (HistoryRing, HistoryChunk) -> Bool) {
    var dropped = 0
    while dropped < chunks.count, isTooMuch(self, chunks[dropped]) {
      let chunk = chunks[dropped]
      floor = chunk.last
      start = chunk.part.end
      byteCount -= chunk.part.byteCount
      markCount -= chunk.part.markCount
      dropped += 1
    }
    chunks.removeFirst(dropped)
  }

  /// The event at a position from `start` to `end` - 1.
  package func event(at position: Int) -> RingEvent {
    guard position < tail.start else { return tail.events[position - tail.start] }
    let part = chunks[partitionPoint(chunks.count) { chunks[$0].part.end <= position }].part
    return part.events[position - part.start]
  }

  /// The position of the first event after a revision that was given out; nil when it was not, or when not all that
  /// followed is held any more.
  package func position(after revision: Int64) -> Int? {
    if revision == floor.revision { return start }
    let index = partitionPoint(chunks.count) { chunks[$0].last.revision < revision }
    let part = index < chunks.count ? chunks[index].part : tail
    return part.position(after: revision)
  }

  /// The last moment until a time; nil when that is before everything that is held.
  package func mark(until time: Timestamp) -> RevisionMark? {
    guard time >= floor.time else { return nil }
    // The part before has the last moment when the one that holds the time has none until it.
    let index = partitionPoint(chunks.count) { chunks[$0].last.time <= time }
    let part = index < chunks.count ? chunks[index].part : tail
    return part.mark(until: time) ?? (index > 0 ? chunks[index - 1].last : floor)
  }

  /// A revision that was given out, with its time; nil when it is not held.
  package func mark(of revision: Int64) -> RevisionMark? {
    if revision == floor.revision { return floor }
    let index = partitionPoint(chunks.count) { chunks[$0].last.revision < revision }
    return (index < chunks.count ? chunks[index].part : tail).mark(of: revision)
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
