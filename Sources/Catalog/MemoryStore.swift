import Synchronization

/// A store that lives as long as the process.
package final class MemoryStore: Store {
  package let epoch: Int64
  private let retainedOperations: Int
  private let contents = Mutex(Contents())

  /// `epoch` is the present in microseconds since the Unix epoch. Of the changes, the last `retainedOperations`
  /// operations are held.
  package init(epoch: Int64, retainedOperations: Int = 10_000) {
    self.epoch = epoch
    self.retainedOperations = retainedOperations
  }

  package var revision: Int64 {
    contents.withLock { $0.revision }
  }

  package func range(prefix: [UInt8]) throws -> [StoreEntry] {
    let found = contents.withLock { contents in
      contents.entries.values.filter { $0.key.starts(with: prefix) }
    }
    return found.sorted { $0.key.lexicographicallyPrecedes($1.key) }
  }

  package func commit(_ transaction: StoreTransaction) async throws -> Int64 {
    guard transaction.operations.count <= storeTransactionLimit else { throw StoreError.tooManyOperations }
    return try contents.withLock { contents in
      for (key, modified) in transaction.conditions {
        guard contents.entries[key]?.modified ?? 0 == modified else { throw StoreError.conflict }
      }
      contents.apply(transaction.operations)
      contents.retain(retainedOperations)
      return contents.revision
    }
  }

  package func changes(after revision: Int64) throws -> [StoreChange] {
    try contents.withLock { contents in
      guard revision >= contents.compacted else { throw StoreError.compacted }
      let passed = min(Int(revision - contents.compacted), contents.changes.count)
      return Array(contents.changes[passed...])
    }
  }

  package func compact(to revision: Int64) throws {
    contents.withLock { $0.compact(to: revision) }
  }
}

private struct Contents {
  var revision: Int64 = 0
  var entries: [[UInt8]: StoreEntry] = [:]
  /// One per revision, from `compacted` + 1 on.
  var changes: [StoreChange] = []
  var operationCount = 0
  /// The last revision whose changes are no longer held.
  var compacted: Int64 = 0

  mutating func apply(_ operations: [StoreOperation]) {
    guard !operations.isEmpty else { return }
    revision += 1
    for operation in operations {
      switch operation {
      case .put(let key, let value): entries[key] = StoreEntry(key: key, value: value, modified: revision)
      case .delete(let key): entries[key] = nil
      }
    }
    changes.append(StoreChange(revision: revision, operations: operations))
    operationCount += operations.count
  }

  /// Lets go of half of the changes when they hold more than `limit` operations.
  mutating func retain(_ limit: Int) {
    guard operationCount > limit else { return }
    var left = operationCount
    var target = compacted
    for change in changes where left > limit / 2 {
      left -= change.operations.count
      target = change.revision
    }
    compact(to: target)
  }

  mutating func compact(to revision: Int64) {
    let target = min(revision, self.revision)
    guard target > compacted else { return }
    let dropped = Int(target - compacted)
    operationCount -= changes[..<dropped].reduce(0) { $0 + $1.operations.count }
    changes.removeFirst(dropped)
    compacted = target
  }
}
