/// The revisions that the catalog has published without the store. All are the store's own numbers, without its epoch.
struct MemoryEpochs: Sendable {
  /// The last revision of the present epoch in memory; nil while the store takes writes.
  private(set) var last: Int64?
  /// The last revision of all epochs that are over; 0: there was none.
  private var lastOver: Int64 = 0

  /// Begins an epoch. Returns its first revision.
  mutating func begin(after revision: Int64) -> Int64 {
    let first = revision + 1
    last = first
    return first
  }

  /// The next revision of the present epoch; nil while the store takes writes.
  mutating func next() -> Int64? {
    last = last.map { $0 + 1 }
    return last
  }

  /// Leaves out the revisions up to one that the store may have.
  mutating func skip(to revision: Int64) {
    last = last.map { max($0, revision) }
  }

  /// Ends the present epoch: a later revision is in the store.
  mutating func end() {
    lastOver = max(lastOver, last ?? 0)
    last = nil
  }

  /// Whether the store has a state as of a revision, and of every later one that is published.
  func areStored(upTo revision: Int64) -> Bool {
    last == nil && revision > lastOver
  }
}
