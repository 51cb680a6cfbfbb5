/// A bounded cache that lets go of what was used the longest ago. A value: whoever owns it locks it.
///
/// It holds few elements (tens), so that looking through them in order costs less than hashing a request. What is
/// evicted is handed back, so that its owner can free it outside of its lock.
package struct LRUCache<Element: Sendable>: Sendable {
  /// What `/metrics` tells of a cache.
  package struct Figures: Hashable, Sendable {
    package var count = 0
    /// In the unit of the cache's own cost limit.
    package var cost = 0
    package var hits = 0
    package var misses = 0
    package var evictions = 0
  }

  private struct Entry: Sendable {
    var element: Element
    var cost: Int
    var lastUse: ContinuousClock.Instant
  }

  private let countLimit: Int
  private let costLimit: Int
  /// The one that was used last is the last one.
  private var entries: [Entry] = []
  private var cost = 0
  private var hits = 0
  private var misses = 0
  private var evictions = 0

  /// Holds at most `countLimit` elements, whose costs add up to at most `costLimit`, but always the newest one.
  package init(countLimit: Int, costLimit: Int = .max) {
    self.countLimit = countLimit
    self.costLimit = costLimit
  }

  package var count: Int { entries.count }

  package var figures: Figures {
    Figures(count: entries.count, cost: cost, hits: hits, misses: misses, evictions: evictions)
  }

  /// The element that matches, which counts as used now; nil when there is none.
  package mutating func find(now: ContinuousClock.Instant, where matches: (Element) -> Bool) -> Element? {
    guard let index = entries.lastIndex(where: { matches($0.element) }) else {
      misses += 1
      return nil
    }
    hits += 1
    entries[index].lastUse = now
    if index != entries.count - 1 { entries.append(entries.remove(at: index)) }
    return entries[entries.count - 1].element
  }

  /// Adds an element and returns those that had to go for it.
  package mutating func insert(
    _ element: Element, cost elementCost: Int = 1, now: ContinuousClock.Instant
  ) -> [Element] {
    entries.append(Entry(element: element, cost: elementCost, lastUse: now))
    cost += elementCost
    var evicted: [Element] = []
    while entries.count > 1, entries.count > countLimit || cost > costLimit {
      let oldest = entries.removeFirst()
      cost -= oldest.cost
      evicted.append(oldest.element)
    }
    evictions += evicted.count
    return evicted
  }

  /// Removes the elements that match, and returns them. They do not count as evicted.
  @discardableResult
  package mutating func remove(where matches: (Element) -> Bool) -> [Element] {
    removeEntries { matches($0.element) }
  }

  /// Removes what was not used for longer than `patience`, and returns it.
  @discardableResult
  package mutating func removeUnused(for patience: Duration, now: ContinuousClock.Instant) -> [Element] {
    removeEntries { now - $0.lastUse > patience }
  }

  private mutating func removeEntries(where matches: (Entry) -> Bool) -> [Element] {
    let removed = entries.filter(matches)
    guard !removed.isEmpty else { return [] }
    entries.removeAll(where: matches)
    cost -= removed.reduce(0) { $0 + $1.cost }
    return removed.map(\.element)
  }
}
