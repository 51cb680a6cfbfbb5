/// Consecutive transactions with their events.
struct HistoryPart: Sendable {
  /// A transaction, the uptime of this process at its commit, and the position after its last event.
  private struct Entry: Sendable {
    var mark: RevisionMark
    /// Nil when an earlier process committed the transaction.
    var uptime: Duration?
    var end: Int

    /// The time of the commit, which for an earlier process is no later than the start of this process. After a jump of
    /// the clock the mark's time disagrees with its age; then the age counts.
    func time(at present: PresentTime?) -> Timestamp {
      guard let present else { return mark.time }
      guard let uptime else { return min(mark.time, present.wall(at: .zero)) }
      let time = present.wall(at: uptime)
      return abs((time - mark.time) / .seconds(1)) <= Self.tolerance ? mark.time : time
    }

    /// The largest difference between a mark's time and its age that is no jump of the clock, in seconds. Writes wait
    /// for others and for the disk.
    private static let tolerance = 5.0
  }

  /// The position of the first event.
  let start: Int
  private(set) var events: [RingEvent] = []
  private(set) var byteCount = 0
  /// The uptime of this process at the last commit; zero when earlier processes committed all transactions.
  private(set) var lastUptime = Duration.zero
  private var entries: [Entry] = []
  /// The earliest time of a mark, and the uptime at the first commit, which is zero for an earlier process.
  private var least: (time: Timestamp, uptime: Duration)?

  init(start: Int) {
    self.start = start
  }

  var end: Int { start + events.count }
  var markCount: Int { entries.count }
  var last: RevisionMark? { entries.last?.mark }

  mutating func append(_ mark: RevisionMark, uptime: Duration?, _ new: [RingEvent]) {
    events += new
    entries.append(Entry(mark: mark, uptime: uptime, end: end))
    least = (min(least?.time ?? mark.time, mark.time), least?.uptime ?? uptime ?? .zero)
    if let uptime { lastUptime = uptime }
    byteCount += new.reduce(32) { $0 + $1.byteCount }
  }

  func position(after revision: Int64) -> Int? {
    entry(of: revision)?.end
  }

  func mark(of revision: Int64) -> RevisionMark? {
    entry(of: revision)?.mark
  }

  /// The last revision of the part at or before a time; nil when it has none.
  func mark(until time: Timestamp, present: PresentTime?) -> RevisionMark? {
    guard let least else { return nil }
    guard min(least.time, present?.wall(at: least.uptime) ?? least.time) <= time else { return nil }
    return entries.last { $0.time(at: present) <= time }?.mark
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
