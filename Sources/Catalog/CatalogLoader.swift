import Dispatch
import Synchronization

/// Loads the catalog from the store. It reads the facts as of the start of the retained past, and then replays each
/// transaction as it was first published.
struct CatalogLoader {
  let store: any Store
  let codec: any FactCodec
  let encoder: any ModelEncoder

  struct Loaded {
    var ledger: Ledger
    var snapshot: Snapshot
    var history: HistoryRing
  }

  func load(_ limits: HistoryLimits, shape: TreeShape) throws -> Loaded {
    // Other rules made other models of the same facts, so the loader does not replay the past before the present rules.
    let derived = try store.range(prefix: FactKey.deriveKey).first?.modified ?? 0
    let floor = max(store.compacted, derived)
    let facts = try facts(at: floor)
    let ledger = Ledger(facts)
    let start = Snapshot(revision: store.epoch + floor, leaves: leaves(of: ledger, facts, shape: shape), shape: shape)
    let mark = RevisionMark(revision: store.epoch + floor, time: try time(of: floor))
    var loaded = try replay(
      Loaded(ledger: ledger, snapshot: start, history: HistoryRing(after: mark, limits: limits)), after: floor)
    // Claims have no past: no model depends on them.
    let claims = try store.range(prefix: FactKey.claimsPrefix).map { entry throws(CatalogError) -> Fact in
      (try change(.put(key: entry.key, value: entry.value)), entry.modified)
    }
    // An older version may have forgotten an engine and left its claims.
    let valid = claims.filter { fact in
      if case .claims(let id, _) = fact.change { loaded.ledger.engines[ByteString(id)] != nil } else { false }
    }
    _ = loaded.ledger.apply(valid)
    return loaded
  }

  private typealias Fact = (change: FactChange, modified: Int64)

  private func facts(at floor: Int64) throws -> [Fact] {
    let entries = try store.range(prefix: [], at: floor).filter { !$0.key.starts(with: FactKey.metaPrefix) }
    let parts = concurrently(evenParts(entries.count, target: 8_192)) { part in
      Result { () throws(CatalogError) in
        try entries[part].map { entry throws(CatalogError) -> Fact in
          (try change(.put(key: entry.key, value: entry.value)), entry.modified)
        }
      }
    }
    return try parts.flatMap { try $0.get() }
  }

  /// Leaves of all models, in order. The `seen` facts have that order already.
  private func leaves(of ledger: Ledger, _ facts: [Fact], shape: TreeShape) -> [Node] {
    var keys = facts.compactMap { fact -> ModelKey? in
      if case .seen(let key, _) = fact.change, ledger.holders[key] != nil { key } else { nil }
    }
    if keys.count < ledger.holders.count { keys = ledger.holders.keys.sorted() }
    let parts = concurrently(evenParts(keys.count, target: 4_096)) { [keys] part in
      let edits = keys[part].compactMap { key in
        ledger.derived(key, epoch: store.epoch).map { model in
          ModelEdit(key: key, entry: LeafEntry(model, encoded: encoder.encode(model)))
        }
      }
      return Node.leaves(of: edits[...], shape: shape)
    }
    return Array(parts.joined())
  }

  private func replay(_ start: Loaded, after floor: Int64) throws -> Loaded {
    var loaded = start
    // The latest entry of each model that changed, so that the tree changes only once.
    var latest: [ModelKey: LeafEntry?] = [:]
    var head = loaded.snapshot.revision
    for transaction in try store.changes(after: floor) {
      var changes: [(change: FactChange, modified: Int64)] = []
      for operation in transaction.operations where !operation.key.starts(with: FactKey.metaPrefix) {
        changes.append((try change(operation), transaction.revision))
      }
      let changed = loaded.ledger.apply(changes).sorted().compactMap { key in
        ModelChange(of: key, loaded.ledger.derived(key, epoch: store.epoch), encoder: encoder) {
          latest[key].map { $0?.stored } ?? start.snapshot.model(key, sight: .all)?.stored
        }
      }
      let revision = store.epoch + transaction.revision
      loaded.history.append(
        RevisionMark(revision: revision, time: transaction.time), uptime: nil,
        events: changed.events(revision, after: head, encoder: encoder))
      for change in changed { latest[change.edit.key] = .some(change.edit.entry) }
      head = revision
    }
    let edits = latest.map { ModelEdit(key: $0.key, entry: $0.value) }.sorted { $0.key < $1.key }
    loaded.snapshot = start.snapshot.applying(edits, revision: head)
    return loaded
  }

  private func change(_ operation: StoreOperation) throws(CatalogError) -> FactChange {
    guard let change = FactChange(operation, codec: codec) else { throw .brokenRecord(key: operation.key) }
    return change
  }

  /// The time of the last revision before the retained past.
  private func time(of floor: Int64) throws -> Timestamp {
    if floor == 0 { return Timestamp(microseconds: store.epoch) }
    if let hint = try store.hints().lazy.compactMap(FloorHint.init).first, hint.revision == floor {
      return hint.time
    }
    // After a change of rules the store still holds that revision. Otherwise the time of the next revision is an upper
    // bound.
    let change = try store.changes(after: store.compacted).first { $0.revision >= floor }
    return change?.time ?? Timestamp(microseconds: store.epoch + floor)
  }
}

/// The results of `body` for each range, in the order of the ranges. It uses all cores, because it is most of the work
/// of loading.
private func concurrently<Part: Sendable>(
  _ ranges: [Range<Int>], _ body: @Sendable (Range<Int>) -> Part
) -> [Part] {
  let parts = Mutex<[Part?]>(Array(repeating: nil, count: ranges.count))
  DispatchQueue.concurrentPerform(iterations: ranges.count) { index in
    let part = body(ranges[index])
    parts.withLock { $0[index] = part }
  }
  return parts.withLock { $0.compactMap { $0 } }
}
