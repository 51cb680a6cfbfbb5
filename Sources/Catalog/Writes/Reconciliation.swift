/// Makes the store hold exactly the facts of the ledger after an epoch in memory, in as many attempts as that takes.
///
/// A fact differs when its bytes or the revision of its put differ: a fact that was removed and added again in memory
/// must count. A transaction that failed for its caller but reached the store differs too, and is undone.
struct Reconciliation: Sendable {
  /// A fact with the revision of its put, the store's own.
  typealias Fact = (change: FactChange, modified: Int64)

  /// A change that the store needs.
  struct Difference: Sendable {
    var change: FactChange
    var key: [UInt8]
    /// The revision of the put in memory; nil for a removal, and where no model depends on the fact.
    var modified: Int64?
  }

  struct Plan: Sendable {
    /// The transactions in order, at least one, which may be empty. Engines come after their models, so that a store
    /// that has only the first transactions holds models of unknown engines, which the loader allows.
    var transactions: [[Difference]]
    /// The facts that earlier attempts have stored, with their revisions in the store.
    var stored: [Fact]
  }

  /// The revisions of puts that earlier attempts have stored, by key: in memory and in the store.
  private var revisions: [[UInt8]: (memory: Int64, stored: Int64)] = [:]

  /// Each transaction also takes the key of the leap.
  private static let changeLimit = storeTransactionLimit - 1

  /// Compares the whole store with the ledger.
  func plan(from entries: [StoreEntry], to ledger: Ledger, codec: any FactCodec) -> Plan {
    var rest = Dictionary(entries.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    var differences: [Difference] = []
    var stored: [Fact] = []
    ledger.forEachFact { change, modified in
      guard case .put(let key, let value) = change.operation(codec) else { return }
      if let old = rest.removeValue(forKey: key), old.value == value {
        guard let modified, modified != old.modified else { return }
        if let known = revisions[key], known == (modified, old.modified) {
          stored.append((change, old.modified))
          return
        }
      }
      differences.append(Difference(change: change, key: key, modified: modified))
    }
    // The other keys of the store are no facts, or facts that are gone.
    for key in rest.keys {
      guard let change = FactChange(.delete(key: key), codec: codec) else { continue }
      differences.append(Difference(change: change, key: key))
    }
    differences.sort { $0.change.rank < $1.change.rank }
    // The last transaction puts a listed model, if one changes, so that the last event has the last revision.
    if let last = listedModel(of: differences.map(\.change) + stored.map(\.change), in: ledger) {
      differences.removeAll { $0.key == last.key }
      differences.append(last)
    }
    let starts = stride(from: 0, to: max(1, differences.count), by: Self.changeLimit)
    return Plan(
      transactions: starts.map { Array(differences[$0..<min($0 + Self.changeLimit, differences.count)]) },
      stored: stored)
  }

  /// The put of `seen` of a listed model that one of these changes belongs to; nil when there is none.
  private func listedModel(of changes: [FactChange], in ledger: Ledger) -> Difference? {
    for change in changes {
      for key in ledger.models(of: change) {
        guard ledger.holders[key] != nil, let seen = ledger.seen[key] else { continue }
        return Difference(change: .seen(key, seen.value), key: FactKey.seen(key).bytes, modified: seen.modified)
      }
    }
    return nil
  }

  /// Remembers what the store has committed as a revision, for a later attempt.
  mutating func committed(_ transaction: [Difference], as revision: Int64) {
    for difference in transaction {
      if let modified = difference.modified { revisions[difference.key] = (modified, revision) }
    }
  }
}

extension FactChange {
  /// The order in which the reconciliation stores changes.
  fileprivate var rank: Int {
    switch self {
    case .seen, .labels, .labelsGone, .registration, .registrationGone: 0
    case .replica, .replicaGone: 1
    case .engine, .engineGone, .claims, .claimsGone: 2
    case .seenGone: 3
    }
  }
}
