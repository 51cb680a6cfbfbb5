/// An ordered map of keys to bytes with one revision counter and a past: the shape of etcd. Keys order by their bytes.
///
/// One transaction is one revision. Revisions begin at 0 (nothing written) and grow with every transaction that has
/// operations, not always by one. The public revision is `epoch` plus the store's own.
///
/// Every method throws `StoreError` and nothing else.
package protocol Store: Sendable {
  /// Microseconds since the Unix epoch at the store's creation or restore; kept in it.
  var epoch: Int64 { get }
  /// The last committed revision, the store's own.
  var revision: Int64 { get }
  /// The last revision before the past that is held: everything after it is.
  var compacted: Int64 { get }
  /// Everything under a prefix, in order, as it was at a revision; throws `.compacted` for one before `compacted`, and
  /// `.future` for one after `revision`.
  func range(prefix: [UInt8], at revision: Int64) throws(StoreError) -> [StoreEntry]
  /// Commits all operations or none. Returns the new revision, the store's own.
  func commit(_ transaction: StoreTransaction) async throws(StoreError) -> Int64
  /// What every revision after `revision` did, in order; throws `.compacted` when that is no longer held.
  func changes(after revision: Int64) throws(StoreError) -> [StoreChange]
  /// Drops the past up to and including `revision`, but never more than has happened.
  func compact(to revision: Int64) async throws(StoreError)
  /// The hints that are kept, each name once.
  func hints() throws(StoreError) -> [StoreHint]
  /// Keeps hints beside the map, in place of those of the same names: without a revision, without a past, and possibly
  /// lost with the machine. An empty value removes the hint.
  func keep(_ hints: [StoreHint]) async throws(StoreError)
}

extension Store {
  /// Everything under a prefix, in order, at the current revision.
  package func range(prefix: [UInt8]) throws(StoreError) -> [StoreEntry] {
    try range(prefix: prefix, at: revision)
  }
}

package struct StoreEntry: Hashable, Sendable {
  package var key: [UInt8]
  package var value: [UInt8]
  /// The store's revision of the last put of this key.
  package var modified: Int64

  package init(key: [UInt8], value: [UInt8], modified: Int64) {
    self.key = key
    self.value = value
    self.modified = modified
  }
}

package enum StoreOperation: Hashable, Sendable {
  case put(key: [UInt8], value: [UInt8])
  case delete(key: [UInt8])

  package var key: [UInt8] {
    switch self {
    case .put(let key, _), .delete(let key): key
    }
  }
}

/// Operations that one transaction may have: etcd's default.
package let storeTransactionLimit = 128

package struct StoreTransaction: Sendable {
  /// Each key's `modified` must be this; 0 means that the key is absent.
  package var conditions: [(key: [UInt8], modified: Int64)]
  /// At most 128.
  package var operations: [StoreOperation]
  /// When it was made; `changes` returns it.
  package var time: Timestamp
  /// Whether it must outlive a loss of power once it is committed. What is not may be lost with the machine's memory,
  /// together with all that follows it; a process that is killed loses neither.
  package var isDurable: Bool

  package init(
    conditions: [(key: [UInt8], modified: Int64)] = [], operations: [StoreOperation], time: Timestamp,
    isDurable: Bool = false
  ) {
    self.conditions = conditions
    self.operations = operations
    self.time = time
    self.isDurable = isDurable
  }
}

/// One revision of the past.
package struct StoreChange: Sendable {
  package var revision: Int64
  package var time: Timestamp
  package var operations: [StoreOperation]

  package init(revision: Int64, time: Timestamp, operations: [StoreOperation]) {
    self.revision = revision
    self.time = time
    self.operations = operations
  }
}

/// A value that the store keeps beside its map, under a name: losing it does no harm.
package struct StoreHint: Hashable, Sendable {
  package var name: [UInt8]
  package var value: [UInt8]

  package init(name: [UInt8], value: [UInt8]) {
    self.name = name
    self.value = value
  }
}

package enum StoreError: Error, Hashable {
  /// A condition did not hold; nothing was written.
  case conflict
  /// The past asked for is no longer held.
  case compacted
  /// The revision asked for has not happened.
  case future
  /// More than 128 operations.
  case tooManyOperations
  /// The store cannot do it now (a full disk, a lost connection); the same may succeed later. `reason` is for people.
  case unavailable(reason: String)
}
