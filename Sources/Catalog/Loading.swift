import Dispatch
import Synchronization

/// The way from what the store holds to what the catalogue shows: the facts as they were where the retained past
/// begins, and then one transaction after the other, as they were published once.
struct Loading {
  let store: any Store
  let codec: any FactCodec
  let encoder: any ModelEncoder

  struct Loaded {
    var ledger: Ledger
    var snapshot: Snapshot
    var history: HistoryRing
  }

  func load(_ limits: HistoryLimits, shape: TreeShape) throws -> Loaded {
    // By other rules the facts made other models: the past before the present ones is not replayed.
    let derived = try store.range(prefix: FactKey.deriveKey).first?.modified ?? 0
    let floor = max(store.compacted, derived)
    var facts: [(change: FactChange, modified: Int64)] = []
    for entry in try store.range(prefix: [], at: floor) where entry.key != FactKey.deriveKey {
      facts.append((try change(.put(key: entry.key, value: entry.value)), entry.modified))
    }
    let ledger = Ledger(facts)
    let start = Snapshot(revision: store.epoch + floor, entries: entries(of: ledger, facts), shape: shape)
    let mark = PastMark(revision: store.epoch + floor, time: try time(of: floor))
    return try replay(
      Loaded(ledger: ledger, snapshot: start, history: HistoryRing(after: mark, limits: limits)), after: floor)
  }

  /// All models; with all cores, since this is most of the work. They ascend as `facts` do, so that nothing is sorted.
  private func entries(of ledger: Ledger, _ facts: [(change: FactChange, modified: Int64)]) -> [LeafEntry] {
    var keys = facts.compactMap { fact -> ModelKey? in
      if case .seen(let key, _) = fact.change, ledger.holders[key] != nil { key } else { nil }
    }
    if keys.count < ledger.holders.count { keys += Set(ledger.holders.keys).subtracting(keys) }
    let parts = evenParts(keys.count, target: 4_096)
    let made = Mutex<[[LeafEntry]]>(Array(repeating: [], count: parts.count))
    DispatchQueue.concurrentPerform(iterations: parts.count) { [keys] index in
      let entries = keys[parts[index]].compactMap { key in
        ledger.derived(key, epoch: store.epoch).map { LeafEntry($0, encoded: encoder.encode($0)) }
      }
      made.withLock { $0[index] = entries }
    }
    return made.withLock { Array($0.joined()) }
  }

  private func replay(_ start: Loaded, after floor: Int64) throws -> Loaded {
    var loaded = start
    // The latest of each model that changed, so that the tree is changed once.
    var latest: [ModelKey: LeafEntry?] = [:]
    var head = loaded.snapshot.revision
    for transaction in try store.changes(after: floor) {
      var changes: [(change: FactChange, modified: Int64)] = []
      for operation in transaction.operations where operation.key != FactKey.deriveKey {
        changes.append((try change(operation), transaction.revision))
      }
      let news = loaded.ledger.apply(changes).sorted().compactMap { key in
        News(of: key, loaded.ledger.derived(key, epoch: store.epoch), encoder: encoder) {
          latest[key].map { $0?.stored } ?? start.snapshot.model(key, sight: .all)?.stored
        }
      }
      let revision = store.epoch + transaction.revision
      loaded.history.append(
        revision: revision, time: transaction.time, events: news.events(revision, after: head, encoder: encoder))
      for one in news { latest[one.edit.key] = .some(one.edit.entry) }
      head = revision
    }
    let edits = latest.map { Edit(key: $0.key, entry: $0.value) }.sorted { $0.key < $1.key }
    loaded.snapshot = start.snapshot.applying(edits, revision: head)
    return loaded
  }

  private func change(_ operation: StoreOperation) throws(CatalogueError) -> FactChange {
    guard let change = FactChange(operation, codec: codec) else { throw .brokenRecord(key: operation.key) }
    return change
  }

  /// When the moment before the retained past was.
  private func time(of floor: Int64) throws -> Timestamp {
    if floor == 0 { return Timestamp(microseconds: store.epoch) }
    if let noted = try store.notes().lazy.compactMap(FloorNote.init).first, noted.revision == floor {
      return noted.time
    }
    // It is told itself when it is where the rules changed; else it is no later than what follows.
    let change = try store.changes(after: store.compacted).first { $0.revision >= floor }
    return change?.time ?? Timestamp(microseconds: store.epoch + floor)
  }
}
