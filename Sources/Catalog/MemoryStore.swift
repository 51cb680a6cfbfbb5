import Synchronization

/// A store in memory, which ends with the process.
package final class MemoryStore: Store {
  package let epoch: Int64
  private let contents: Mutex<StoreContents>

  /// `epoch` is the present in microseconds since the Unix epoch. Each revision is greater by `step` than the one
  /// before.
  package init(epoch: Int64, step: Int64 = 1) {
    self.epoch = epoch
    contents = Mutex(StoreContents(step: step))
  }

  package var revision: Int64 { contents.withLock { $0.revision } }
  package var compacted: Int64 { contents.withLock { $0.compacted } }

  package func range(prefix: [UInt8], at revision: Int64) throws(StoreError) -> [StoreEntry] {
    try contents.withLock { contents throws(StoreError) in try contents.range(prefix: prefix, at: revision) }
  }

  package func commit(_ transaction: StoreTransaction) async throws(StoreError) -> Int64 {
    try contents.withLock { contents throws(StoreError) in try contents.commit(transaction) }
  }

  /// No transaction is ever under way without a revision.
  package func fence() -> Int64 { revision }

  package func changes(after revision: Int64) throws(StoreError) -> [StoreChange] {
    try contents.withLock { contents throws(StoreError) in
      guard revision >= contents.compacted else { throw .compacted }
      return Array(contents.changes[contents.index(after: revision)...])
    }
  }

  package func compact(to revision: Int64) async throws(StoreError) {
    contents.withLock { $0.compact(to: revision) }
  }

  package func hints() throws(StoreError) -> [StoreHint] {
    contents.withLock { $0.hints.map { StoreHint(name: $0.key, value: $0.value) } }
  }

  package func keep(_ hints: [StoreHint]) async throws(StoreError) {
    contents.withLock { contents in
      for hint in hints {
        contents.hints[hint.name] = hint.value.isEmpty ? nil : hint.value
      }
    }
  }
}

private struct StoreContents {
  let step: Int64
  var revision: Int64 = 0
  var entries: [[UInt8]: StoreEntry] = [:]
  /// The changes, one per revision after `compacted`.
  var changes: [StoreChange] = []
  /// The entry that each operation of `changes` replaced; nil where the key was absent.
  var replaced: [[StoreEntry?]] = []
  var compacted: Int64 = 0
  var hints: [[UInt8]: [UInt8]] = [:]

  mutating func commit(_ transaction: StoreTransaction) throws(StoreError) -> Int64 {
    let operations = transaction.operations
    guard operations.count <= storeTransactionLimit else { throw .tooManyOperations }
    for (key, modified) in transaction.conditions {
      guard entries[key]?.modified ?? 0 == modified else { throw .conflict }
    }
    guard !operations.isEmpty else { return revision }
    revision = max(revision + step, transaction.floor + 1)
    replaced.append(
      operations.map { operation in
        switch operation {
        case .put(let key, let value):
          entries.updateValue(StoreEntry(key: key, value: value, modified: revision), forKey: key)
        case .delete(let key):
          entries.removeValue(forKey: key)
        }
      })
    changes.append(StoreChange(revision: revision, time: transaction.time, operations: operations))
    return revision
  }

  func range(prefix: [UInt8], at revision: Int64) throws(StoreError) -> [StoreEntry] {
    guard revision >= compacted else { throw .compacted }
    guard revision <= self.revision else { throw .future }
    var found = entries.filter { $0.key.starts(with: prefix) }
    // Undoes the later changes, the latest first.
    for index in (index(after: revision)..<changes.count).reversed() {
      for (operation, old) in zip(changes[index].operations, replaced[index]).reversed()
      where operation.key.starts(with: prefix) {
        found[operation.key] = old
      }
    }
    return found.values.sorted { $0.key.lexicographicallyPrecedes($1.key) }
  }

  /// The index of the first change after a revision.
  func index(after revision: Int64) -> Int {
    partitionPoint(changes.count) { changes[$0].revision <= revision }
  }

  mutating func compact(to revision: Int64) {
    let target = min(revision, self.revision)
    guard target > compacted else { return }
    let dropped = index(after: target)
    changes.removeFirst(dropped)
    replaced.removeFirst(dropped)
    compacted = target
  }
}
