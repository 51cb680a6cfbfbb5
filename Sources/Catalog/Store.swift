/// An ordered map of keys to bytes with one revision counter: the shape of etcd. Keys order by their bytes.
///
/// One transaction is one revision. Revisions begin at 0 (nothing written) and grow by one per transaction that has
/// operations; the public revision is `epoch` plus the store's own.
package protocol Store: Sendable {
  /// Microseconds since the Unix epoch at the store's creation or restore; kept in it.
  var epoch: Int64 { get }
  /// The last committed revision, the store's own.
  var revision: Int64 { get }
  /// Everything under a prefix, in order, at the current revision.
  func range(prefix: [UInt8]) throws -> [StoreEntry]
  /// Commits all operations or none. Returns the new revision, the store's own. Throws `StoreError`.
  func commit(_ transaction: StoreTransaction) async throws -> Int64
  /// The operations of every revision after `revision`, in order; throws `.compacted` when they are no longer held.
  func changes(after revision: Int64) throws -> [StoreChange]
  /// Drops changes up to and including `revision`.
  func compact(to revision: Int64) throws
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
}

/// Operations that one transaction may have: etcd's default.
package let storeTransactionLimit = 128

package struct StoreTransaction: Sendable {
  /// Each key's `modified` must be this; 0 means that the key is absent.
  package var conditions: [(key: [UInt8], modified: Int64)]
  /// At most 128.
  package var operations: [StoreOperation]

  package init(conditions: [(key: [UInt8], modified: Int64)] = [], operations: [StoreOperation]) {
    self.conditions = conditions
    self.operations = operations
  }
}

package struct StoreChange: Sendable {
  package var revision: Int64
  package var operations: [StoreOperation]

  package init(revision: Int64, operations: [StoreOperation]) {
    self.revision = revision
    self.operations = operations
  }
}

package enum StoreError: Error, Hashable {
  /// A condition did not hold; nothing was written.
  case conflict
  /// The changes asked for are no longer held.
  case compacted
  /// More than 128 operations.
  case tooManyOperations
}
