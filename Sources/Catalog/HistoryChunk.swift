/// Consecutive transactions with their events.
struct HistoryPart: Sendable {
  /// A transaction, and the position after its last event.
  private struct Entry: Sendable {
    var mark: RevisionMark
    var end: Int
  }

  /// The position of the first event.
  let start: Int
  private(set) var events: [RingEvent] = []
  private(set) var byteCount = 0
  private var entries: [Entry] = []

  init(start: Int) {
    self.start = start
  }

  var end: Int { start + events.count }
  var markCount: Int { entries.count }
  var last: RevisionMark? { entries.last?.mark }

  mutating func append(_ mark: RevisionMark, _ new: [RingEvent]) {
    events += new
    entries.append(Entry(mark: mark, end: end))
    byteCount += new.reduce(32) { $0 + $1.byteCount }
  }

  func position(after revision: Int64) -> Int? {
    entry(of: revision)?.end
  }

  func mark(of revision: Int64) -> RevisionMark? {
    entry(of: revision)?.mark
  }

  func mark(until time: Timestamp) -> RevisionMark? {
    let index = partitionPoint(entries.count) { entries[$0].mark.time <= time }
    return index > 0 ? entries[index - 1].mark : nil
  }

  private func entry(of revision: Int64) -> Entry? {
    let index = partitionPoint(entries.count) { entries[$0].mark.revision < revision }
    return index < entries.count && entries[index].mark.revision == revision ? entries[index] : nil
  }
}

/// A complete part of the history. It is immutable, and every ring that holds it shares it.
final class HistoryChunk: Sendable {
  let part: HistoryPart
  let last: RevisionMark

  /// Completes a part; nil when it has no transaction.
  init?(_ part: HistoryPart) {
    guard let last = part.last else { return nil }
    self.part = part
    self.last = last
  }
}
