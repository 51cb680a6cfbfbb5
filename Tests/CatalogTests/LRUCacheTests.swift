import Catalog
import TestKit
import Testing

@Suite struct LRUCacheTests {
  private let start = ContinuousClock.now

  private func later(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

  @Test func `the cache evicts the least recently used element first`() {
    var cache = LRUCache<Int>(countLimit: 3)
    for number in 1...3 { #expect(cache.insert(number, now: later(number)) == []) }
    #expect(cache.find(now: later(4)) { $0 == 1 } == 1)
    #expect(cache.insert(4, now: later(5)) == [2])
    #expect(cache.touch(now: later(6)) { $0 == 3 } == 3)
    #expect(cache.insert(5, now: later(7)) == [1])
    #expect(cache.find(now: later(8)) { $0 == 1 } == nil)
    #expect(cache.figures == CacheFigures(count: 3, cost: 3, hits: 1, misses: 1, evictions: 2))
  }

  @Test func `the cache limits costs, but keeps the newest element whatever it costs`() {
    var cache = LRUCache<Int>(countLimit: 10, costLimit: 10)
    for number in 1...3 { #expect(cache.insert(number, cost: 3, now: start) == []) }
    #expect(cache.insert(4, cost: 4, now: start) == [1])
    #expect(cache.insert(5, cost: 100, now: start) == [2, 3, 4])
    #expect(cache.figures == CacheFigures(count: 1, cost: 100, evictions: 4))
    #expect(cache.insert(6, cost: 1, now: start) == [5])
    #expect(cache.figures.cost == 1)
  }

  @Test func `the cache removes an element that is unused for longer than its patience, and does not evict it`() {
    var cache = LRUCache<Int>(countLimit: 3)
    for number in 1...3 { _ = cache.insert(number, now: later(number)) }
    #expect(cache.touch(now: later(10)) { $0 == 1 } == 1)
    #expect(cache.removeUnused(for: .seconds(9), now: later(12)) == [2])
    #expect(cache.removeUnused(for: .seconds(9), now: later(12)) == [])
    #expect(cache.figures == CacheFigures(count: 2, cost: 2))
  }

  @Test func `the cache removes elements that match, and does not evict them`() {
    var cache = LRUCache<Int>(countLimit: 9)
    for number in 1...6 { _ = cache.insert(number, cost: number, now: start) }
    #expect(cache.remove { $0.isMultiple(of: 2) } == [2, 4, 6])
    #expect(cache.figures == CacheFigures(count: 3, cost: 9))
  }

  @Test func `elements of one kind have a limit of their own in the cache`() {
    var cache = LRUCache<Int>(countLimit: 9)
    for number in 1...6 { _ = cache.insert(number, now: start) }
    #expect(cache.evict(beyond: 3) { $0.isMultiple(of: 2) } == [])
    #expect(cache.evict(beyond: 1) { $0.isMultiple(of: 2) } == [2, 4])
    #expect(cache.evict(beyond: 0) { $0 == 3 } == [3])
    #expect(cache.figures == CacheFigures(count: 3, cost: 3, evictions: 3))
  }

  @Test(arguments: 0..<40 as Range<UInt64>) func `the cache agrees with a naive cache in a random walk`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let limits = (count: Int.random(in: 1...8, using: &random), cost: Int.random(in: 1...40, using: &random))
    var cache = LRUCache<Int>(countLimit: limits.count, costLimit: limits.cost)
    var naive = NaiveCache(countLimit: limits.count, costLimit: limits.cost)
    for step in 0..<300 {
      let now = later(step)
      let number = Int.random(in: 0..<12, using: &random)
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<4:
        let cost = Int.random(in: 0...12, using: &random)
        #expect(cache.insert(number, cost: cost, now: now) == naive.insert(number, cost: cost, step: step))
      case 4..<6:
        #expect(cache.find(now: now) { $0 == number } == naive.find(number, step: step))
      case 6:
        #expect(cache.touch(now: now) { $0 % 4 == number % 4 } == naive.touch(step: step) { $0 % 4 == number % 4 })
      case 7:
        #expect(cache.remove { $0 == number } == naive.remove { $0.element == number })
      case 8:
        #expect(
          cache.removeUnused(for: .seconds(number), now: now) == naive.remove { step - $0.lastUse > number })
      default:
        #expect(cache.evict(beyond: 2) { $0 < number } == naive.evict(beyond: 2) { $0 < number })
      }
      #expect(cache.figures == naive.figures)
      #expect(cache.count == naive.figures.count)
    }
  }
}

/// The same by its definition: entries in any order, each with the step of its last use.
private struct NaiveCache {
  struct Entry {
    var element: Int
    var cost: Int
    /// No two entries have the same.
    var lastUse: Int
  }

  var countLimit: Int
  var costLimit: Int
  var entries: [Entry] = []
  var hits = 0
  var misses = 0
  var evictions = 0

  var figures: CacheFigures {
    CacheFigures(
      count: entries.count, cost: entries.map(\.cost).reduce(0, +), hits: hits, misses: misses, evictions: evictions)
  }

  mutating func find(_ element: Int, step: Int) -> Int? {
    let found = touch(step: step) { $0 == element }
    if found == nil { misses += 1 } else { hits += 1 }
    return found
  }

  mutating func touch(step: Int, where matches: (Int) -> Bool) -> Int? {
    let latest = entries.filter { matches($0.element) }.max { $0.lastUse < $1.lastUse }
    guard let latest else { return nil }
    entries = entries.map { entry in
      entry.lastUse == latest.lastUse ? Entry(element: entry.element, cost: entry.cost, lastUse: step) : entry
    }
    return latest.element
  }

  mutating func insert(_ element: Int, cost: Int, step: Int) -> [Int] {
    entries.insert(Entry(element: element, cost: cost, lastUse: step), at: 0)
    var evicted: [Int] = []
    while figures.count > countLimit || figures.cost > costLimit {
      guard let oldest = entries.filter({ $0.lastUse < step }).min(by: { $0.lastUse < $1.lastUse }) else { break }
      entries.removeAll { $0.lastUse == oldest.lastUse }
      evicted.append(oldest.element)
      evictions += 1
    }
    return evicted
  }

  mutating func evict(beyond limit: Int, where matches: (Int) -> Bool) -> [Int] {
    let oldest = entries.filter { matches($0.element) }.sorted { $0.lastUse < $1.lastUse }.dropLast(limit)
    entries.removeAll { entry in oldest.contains { $0.lastUse == entry.lastUse } }
    evictions += oldest.count
    return oldest.map(\.element)
  }

  /// In the order of their last use.
  mutating func remove(where matches: (Entry) -> Bool) -> [Int] {
    let removed = entries.filter(matches).sorted { $0.lastUse < $1.lastUse }
    entries.removeAll(where: matches)
    return removed.map(\.element)
  }
}
