/// How much of the past the history holds. It drops the oldest part as soon as it reaches any of these limits.
package struct HistoryLimits: Sendable {
  /// The largest number of events.
  package var events: Int
  /// The largest size in memory, in bytes; an estimate.
  package var bytes: Int
  /// The greatest age of a transaction, by the uptime of this process. A transaction that the process loads from the
  /// store is as old as the process.
  package var age: Duration

  package init(events: Int = 100_000, bytes: Int = 64 << 20, age: Duration = .seconds(3_600)) {
    self.events = events
    self.bytes = bytes
    self.age = age
  }
}

/// The last transactions and their events. Events have consecutive positions.
///
/// A value of immutable chunks. A copy is a view that shares the chunks and never changes, so readers and the writer
/// never wait for each other. The ring drops old transactions a whole chunk at a time; the last copy that holds a chunk
/// frees it.
package struct HistoryRing: Sendable {
  /// How much of the past the ring holds.
  package let limits: HistoryLimits
  /// The last revision before the transactions that the ring holds.
  package private(set) var floor: RevisionMark
  /// The last revision.
  package private(set) var last: RevisionMark
  /// The position of the first event that the ring holds.
  package private(set) var start = 0
  /// The position of the next event.
  package private(set) var end = 0
  /// The memory that the held events take, in bytes; an estimate.
  package private(set) var byteCount = 0
  /// The number of transactions that the ring holds, including transactions without events.
  package private(set) var markCount = 0
  /// The number of times that all watches had to begin again, because the catalog went on without the store.
  package private(set) var epoch = 0
  /// The first revision that a watch or the next page of a list may go on from; the ring may have dropped it. Earlier
  /// revisions remain readable.
  package private(set) var resumeFloor: Int64 = 0
  private var chunks: [HistoryChunk] = []
  private var tail = HistoryPart(start: 0)

  /// An empty ring; `floor` is the last revision before its first transaction.
  package init(after floor: RevisionMark, limits: HistoryLimits = HistoryLimits()) {
    self.limits = limits
    self.floor = floor
    last = floor
  }

  /// The number of events that the ring holds.
  package var count: Int { end - start }

  /// The largest size of a chunk. With small limits chunks are small, so that the ring stays within an eighth of a
  /// limit.
  private var chunkEvents: Int { max(1, min(256, limits.events / 8)) }
  private var chunkBytes: Int { max(1, limits.bytes / 8) }

  /// Appends one transaction with its events in order. Its revision must be later than the one before. `uptime` is this
  /// process's at the commit; nil means that an earlier process committed the transaction.
  package mutating func append(_ mark: RevisionMark, uptime: Duration?, events: [RingEvent]) {
    last = mark
    byteCount -= tail.byteCount
    tail.append(mark, uptime: uptime, events)
    byteCount += tail.byteCount
    end += events.count
    markCount += 1
    if tail.events.count >= chunkEvents || tail.byteCount >= chunkBytes || tail.markCount >= 256 { closeTail() }
    drop { ring, _ in ring.count > ring.limits.events || ring.byteCount > ring.limits.bytes }
  }

  /// Begins an epoch in memory at the last revision: no watch goes on from before it.
  mutating func beginEpoch() {
    epoch += 1
    resumeFloor = last.revision
  }

  /// The position from which a watch goes on after a revision; nil when it must begin again.
  func resumePosition(after revision: Int64) -> Int? {
    revision >= resumeFloor ? position(after: revision) : nil
  }

  /// Drops the transactions that are older than the limit of age; `uptime` is this process's at present.
  package mutating func expire(at uptime: Duration) {
    if uptime - tail.lastUptime > limits.age { closeTail() }
    drop { ring, chunk in uptime - chunk.part.lastUptime > ring.limits.age }
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

  /// The position of the first event after a revision; nil when no transaction has that revision, or when the ring no
  /// longer holds all that followed it.
  package func position(after revision: Int64) -> Int? {
    if revision == floor.revision { return start }
    let index = partitionPoint(chunks.count) { chunks[$0].last.revision < revision }
    let part = index < chunks.count ? chunks[index].part : tail
    return part.position(after: revision)
  }

  /// The last revision at or before a time of the wall clock; nil when the ring does not hold it. `present` is now; nil
  /// means that the times of the marks count as they are.
  ///
  /// The wall clock may have jumped. So the search begins with the newest revision, and a mark whose time disagrees with
  /// its age counts by its age.
  package func mark(until time: Timestamp, present: PresentTime? = nil) -> RevisionMark? {
    if let mark = tail.mark(until: time, present: present) { return mark }
    for chunk in chunks.reversed() {
      if let mark = chunk.part.mark(until: time, present: present) { return mark }
    }
    if time >= floor.time { return floor }
    // The clock is set back behind the whole ring, so the times of loaded marks mean nothing: the answer is all of it.
    return present.map { $0.wall < floor.time } ?? false ? floor : nil
  }

  /// A revision with its time; nil when the ring does not hold it.
  package func mark(of revision: Int64) -> RevisionMark? {
    if revision == floor.revision { return floor }
    let index = partitionPoint(chunks.count) { chunks[$0].last.revision < revision }
    return (index < chunks.count ? chunks[index].part : tail).mark(of: revision)
  }
}

/// The number of elements for which `isBefore` is true. All of them must precede all the others.
func partitionPoint(_ count: Int, isBefore: (Int) -> Bool) -> Int {
  var low = 0
  var high = count
  while low < high {
    let middle = (low + high) / 2
    if isBefore(middle) { low = middle + 1 } else { high = middle }
  }
  return low
}
