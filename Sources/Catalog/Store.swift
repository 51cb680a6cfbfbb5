/// An ordered map from keys to bytes with one revision counter and a past: the data model of etcd. Keys order by their
/// bytes.
///
/// Each transaction is one revision. Revisions begin at 0 (nothing written) and grow with every transaction that has
/// operations, not always by 1. The public revision is `epoch` plus the store's own.
///
/// Every method throws only `StoreError`.
package protocol Store: Sendable {
  /// Microseconds since the Unix epoch at the store's creation or restore. The store keeps it.
  var epoch: Int64 { get }
  /// The last committed revision, the store's own.
  var revision: Int64 { get }
  /// The last revision before the retained past: the store holds every change after it.
  var compacted: Int64 { get }
  /// All entries under a prefix, in order, as of a revision. Throws `.compacted` for a revision before `compacted`, and
  /// `.future` for a revision after `revision`.
  func range(prefix: [UInt8], at revision: Int64) throws(StoreError) -> [StoreEntry]
  /// Commits all operations or none. Returns the new revision, the store's own.
  func commit(_ transaction: StoreTransaction) async throws(StoreError) -> Int64
  /// Refuses every transaction of before that has no revision yet. Returns the last
  /// revision, the store's own, that any transaction may have, also one that is under way. It does not wait for the
  /// store.
  ///
  /// A caller that goes on without the store numbers its own transactions after that revision. The store reserves enough
  /// revisions that the next process begins after them, whatever the wall clock says then.
  func fence() -> Int64
  /// The changes of every revision after `revision`, in order. Throws `.compacted` when the store no longer holds them.
  func changes(after revision: Int64) throws(StoreError) -> [StoreChange]
  /// Drops the past up to and including `revision`, or up to the last revision when that is earlier.
  func compact(to revision: Int64) async throws(StoreError)
  /// The stored hints, one per name.
  func hints() throws(StoreError) -> [StoreHint]
  /// Stores hints beside the map, in place of hints with the same names. Hints have no revision and no past, and a
  /// crash of the machine may lose them. An empty value removes the hint.
  func keep(_ hints: [StoreHint]) async throws(StoreError)
}

extension Store {
  /// All entries under a prefix, in order, at the current revision.
  package func range(prefix: [UInt8]) throws(StoreError) -> [StoreEntry] {
    try range(prefix: prefix, at: revision)
  }
}

/// One key of the map, with its value.
package struct StoreEntry: Hashable, Sendable {
  /// The key.
  package var key: [UInt8]
  /// The value.
  package var value: [UInt8]
  /// The store's revision of the last put of this key.
  package var modified: Int64

  package init(key: [UInt8], value: [UInt8], modified: Int64) {
    self.key = key
    self.value = value
    self.modified = modified
  }
}

/// One change of the map.
package enum StoreOperation: Hashable, Sendable {
  case put(key: [UInt8], value: [UInt8])
  case delete(key: [UInt8])

  /// The key that changes.
  package var key: [UInt8] {
    switch self {
    case .put(let key, _), .delete(let key): key
    }
  }
}

/// The largest number of operations in a transaction: etcd's default.
package let storeTransactionLimit = 128

/// Operations that the store commits together, as one revision.
package struct StoreTransaction: Sendable {
  /// Each key's `modified` must equal this revision; 0 requires that the key is absent.
  package var conditions: [(key: [UInt8], modified: Int64)]
  /// The operations, at most 128.
  package var operations: [StoreOperation]
  /// The time of the transaction, which `changes` returns.
  package var time: Timestamp
  /// Whether the transaction must outlive a loss of power once it is committed. A crash of the machine may lose other
  /// transactions together with all later ones; a killed process loses none.
  package var isDurable: Bool
  /// The transaction's revision is greater than this one, the store's own: revisions up to it are in use elsewhere. 0
  /// for none.
  package var floor: Int64

  package init(
    conditions: [(key: [UInt8], modified: Int64)] = [], operations: [StoreOperation], time: Timestamp,
    isDurable: Bool = false, floor: Int64 = 0
  ) {
    self.conditions = conditions
    self.operations = operations
    self.time = time
    self.isDurable = isDurable
    self.floor = floor
  }
}

/// One revision of the past.
package struct StoreChange: Sendable {
  /// The store's own revision.
  package var revision: Int64
  /// When the transaction was made.
  package var time: Timestamp
  /// The operations of the transaction.
  package var operations: [StoreOperation]

  package init(revision: Int64, time: Timestamp, operations: [StoreOperation]) {
    self.revision = revision
    self.time = time
    self.operations = operations
  }
}

/// A named value that the store keeps beside its map. Its loss does no harm.
package struct StoreHint: Hashable, Sendable {
  /// The name; a hint replaces an earlier hint of the same name.
  package var name: [UInt8]
  package var value: [UInt8]

  package init(name: [UInt8], value: [UInt8]) {
    self.name = name
    self.value = value
  }
}

/// Why the store refuses or fails a call.
package enum StoreError: Error, Hashable {
  /// A condition did not hold; nothing was written.
  case conflict
  /// The store no longer holds the requested past.
  case compacted
  /// The requested revision does not exist yet.
  case future
  /// The transaction has more than 128 operations.
  case tooManyOperations
  /// The store fails at the moment (a full disk, a lost connection); the same call may succeed later. `reason` is for
  /// people.
  case unavailable(reason: String)
}
