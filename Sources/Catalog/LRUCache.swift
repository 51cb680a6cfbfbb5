/// A bounded cache that evicts the least recently used element. It is a value: its owner locks it.
///
/// It holds few elements (tens), so a search through all of them costs less than hashing a request. It returns the
/// elements that it evicts and removes, so that its owner frees them outside of the lock.
///
/// The look-up is inlinable, because requests pay for it: without a specialized copy it would cost five times as much.
@usableFromInline
package struct LRUCache<Element: Sendable>: Sendable {
  @usableFromInline
  struct Entry: Sendable {
    @usableFromInline var element: Element
    var cost: Int
    @usableFromInline var lastUse: ContinuousClock.Instant
  }

  private let countLimit: Int
  private let costLimit: Int
  /// The elements in the order of their last use, the latest last.
  @usableFromInline private(set) var entries: [Entry] = []
  private var cost = 0
  @usableFromInline private(set) var hits = 0
  @usableFromInline private(set) var misses = 0
  private var evictions = 0

  /// A cache of at most `countLimit` elements, whose costs add up to at most `costLimit`. The newest element stays
  /// whatever it costs.
  package init(countLimit: Int, costLimit: Int = .max) {
    self.countLimit = countLimit
    self.costLimit = costLimit
  }

  /// The number of elements in the cache.
  package var count: Int { entries.count }

  /// The cache's figures since its creation.
  package var figures: CacheFigures {
    CacheFigures(count: entries.count, cost: cost, hits: hits, misses: misses, evictions: evictions)
  }

  /// The most recently used element that matches, which counts as used now; nil when none matches. Counts a hit or a
  /// miss.
  @inlinable
  package mutating func find(now: ContinuousClock.Instant, where matches: (Element) -> Bool) -> Element? {
    guard let found = touch(now: now, where: matches) else {
      misses += 1
      return nil
    }
    hits += 1
    return found
  }

  /// Like `find`, without counting a hit or a miss: for owners that refresh an element they already have.
  @inlinable @discardableResult
  package mutating func touch(now: ContinuousClock.Instant, where matches: (Element) -> Bool) -> Element? {
    var index = entries.count - 1
    while index >= 0, !matches(entries[index].element) { index -= 1 }
    guard index >= 0 else { return nil }
    if index != entries.count - 1 { entries.append(entries.remove(at: index)) }
    entries[entries.count - 1].lastUse = now
    return entries[entries.count - 1].element
  }

  /// Adds an element and returns the elements that the cache evicts for it.
  package mutating func insert(
    _ element: Element, cost elementCost: Int = 1, now: ContinuousClock.Instant
  ) -> [Element] {
    entries.append(Entry(element: element, cost: elementCost, lastUse: now))
    cost += elementCost
    var evicted: [Element] = []
    while entries.count > 1, entries.count > countLimit || cost > costLimit {
      evicted.append(evict(at: 0))
    }
    return evicted
  }

  /// Evicts matching elements, the least recently used first, until at most `limit` of them are left; returns them.
  package mutating func evict(beyond limit: Int, where matches: (Element) -> Bool) -> [Element] {
    var evicted: [Element] = []
    var excess = entries.reduce(-limit) { $0 + (matches($1.element) ? 1 : 0) }
    while excess > 0, let index = entries.firstIndex(where: { matches($0.element) }) {
      evicted.append(evict(at: index))
      excess -= 1
    }
    return evicted
  }

  /// Removes the elements that match and returns them. They do not count as evictions.
  package mutating func remove(where matches: (Element) -> Bool) -> [Element] {
    removeEntries { matches($0.element) }
  }

  /// Removes the elements that were not used for longer than `patience` and returns them. They do not count as
  /// evictions.
  package mutating func removeUnused(for patience: Duration, now: ContinuousClock.Instant) -> [Element] {
    removeEntries { now - $0.lastUse > patience }
  }

  private mutating func evict(at index: Int) -> Element {
    let entry = entries.remove(at: index)
    cost -= entry.cost
    evictions += 1
    return entry.element
  }

  private mutating func removeEntries(where matches: (Entry) -> Bool) -> [Element] {
    var removed: [Element] = []
    entries.removeAll { entry in
      guard matches(entry) else { return false }
      removed.append(entry.element)
      cost -= entry.cost
      return true
    }
    return removed
  }
}

/// The figures of one cache, for metrics.
package struct CacheFigures: Hashable, Sendable {
  /// The number of elements in the cache.
  package var count = 0
  /// The sum of the elements' costs, in the unit of the cache's own limit.
  package var cost = 0
  /// Look-ups that found an element, since the cache's creation.
  package var hits = 0
  /// Look-ups that found nothing, since the cache's creation.
  package var misses = 0
  /// Elements that the cache evicted because of a limit, since its creation; elements that aged do not count.
  package var evictions = 0

  package init(count: Int = 0, cost: Int = 0, hits: Int = 0, misses: Int = 0, evictions: Int = 0) {
    self.count = count
    self.cost = cost
    self.hits = hits
    self.misses = misses
    self.evictions = evictions
  }
}
