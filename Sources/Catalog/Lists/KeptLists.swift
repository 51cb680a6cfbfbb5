/// Lists that were asked for last, so that the pages of one are made once.
struct KeptLists {
  /// How long a list, or a snapshot for pages, is kept after it was used last.
  static let patience: Duration = .seconds(60)
  private static let countLimit = 64
  /// Four bytes each.
  private static let rankLimit = 4_000_000

  var count: Int { kept.count }

  private var kept: [(result: ListResult, used: ContinuousClock.Instant)] = []

  mutating func find(_ query: ListQuery, revision: Int64, now: ContinuousClock.Instant) -> ListResult? {
    let index = kept.firstIndex { $0.result.snapshot.revision == revision && $0.result.query == query }
    guard let index else { return nil }
    var found = kept.remove(at: index)
    found.used = now
    kept.append(found)
    return found.result
  }

  mutating func keep(_ result: ListResult, now: ContinuousClock.Instant) {
    kept.append((result, now))
    age(now: now)
    var ranks = kept.reduce(0) { $0 + $1.result.count }
    while kept.count > Self.countLimit || (ranks > Self.rankLimit && kept.count > 1) {
      ranks -= kept.removeFirst().result.count
    }
  }

  /// Lets go of what nobody has asked for lately.
  mutating func age(now: ContinuousClock.Instant) {
    kept.removeAll { now - $0.used > Self.patience }
  }
}

/// Snapshots whose next pages may be asked for.
struct HeldSnapshots {
  private static let limit = 64
  /// Of those that share nothing of what changed since with others.
  private static let rebuiltLimit = 4
  private var held: [(snapshot: Snapshot, used: ContinuousClock.Instant)] = []

  var count: Int { held.count }

  mutating func hold(_ snapshot: Snapshot, now: ContinuousClock.Instant) {
    if let last = held.indices.last, held[last].snapshot.revision == snapshot.revision {
      held[last].used = now
      return
    }
    held.removeAll { $0.snapshot.revision == snapshot.revision }
    held.append((snapshot, now))
    age(now: now)
    if held.count > Self.limit { held.removeFirst() }
    let rebuilt = held.indices.filter { held[$0].snapshot.isRebuilt }
    if rebuilt.count > Self.rebuiltLimit { held.remove(at: rebuilt[0]) }
  }

  mutating func find(_ revision: Int64, now: ContinuousClock.Instant) -> Snapshot? {
    guard let index = held.firstIndex(where: { $0.snapshot.revision == revision }) else { return nil }
    hold(held[index].snapshot, now: now)
    return held.last?.snapshot
  }

  mutating func age(now: ContinuousClock.Instant) {
    held.removeAll { now - $0.used > KeptLists.patience }
  }
}
