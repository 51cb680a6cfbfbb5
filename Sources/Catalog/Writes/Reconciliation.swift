/// The transactions that make a store hold exactly the facts of a ledger.
enum Reconciliation {
  /// Each transaction also takes the key of the leap.
  private static let changeLimit = storeTransactionLimit - 1

  /// The transactions in order, at least one; the last is durable. Engines come after their models, so that a store
  /// that has only the first transactions holds models of unknown engines, which the loader allows.
  ///
  /// A fact differs when its bytes or the revision of its put differ: the put of a fact that was removed and added again
  /// must count. A refused transaction that reached the store nevertheless differs too, and is undone.
  static func transactions(
    from stored: [StoreEntry], to ledger: Ledger, codec: any FactCodec
  ) -> [WritePlan.Transaction] {
    var changes = differences(from: stored, to: ledger, codec: codec).sorted { $0.rank < $1.rank }[...]
    var transactions: [WritePlan.Transaction] = []
    repeat {
      transactions.append(WritePlan.Transaction(changes: Array(changes.prefix(changeLimit))))
      changes = changes.dropFirst(changeLimit)
    } while !changes.isEmpty
    transactions[transactions.count - 1].isDurable = true
    return transactions
  }

  private static func differences(
    from stored: [StoreEntry], to ledger: Ledger, codec: any FactCodec
  ) -> [FactChange] {
    var rest = Dictionary(stored.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    var changes: [FactChange] = []
    ledger.forEachFact { change, modified in
      guard case .put(let key, let value) = change.operation(codec) else { return }
      let old = rest.removeValue(forKey: key)
      if let old, old.value == value, modified.map({ $0 == old.modified }) ?? true { return }
      changes.append(change)
    }
    // The other keys of the store are no facts, or facts that are gone.
    return changes + rest.keys.compactMap { FactChange(.delete(key: $0), codec: codec) }
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
