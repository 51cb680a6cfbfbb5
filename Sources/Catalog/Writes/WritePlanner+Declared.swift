extension WritePlanner {
  /// Adds the changes of a declaration of labels. False when it must wait for another plan. Throws when the model does
  /// not exist, or has changed since the caller read it.
  mutating func add(_ declaration: LabelsDeclaration) throws(LabelsError) -> Bool {
    // The planner does not see earlier transactions of the same plan, so it compares an etag only as the first of a
    // plan.
    guard declaration.etag.isEmpty || plan.transactions.isEmpty,
      plan.claim([.labels(declaration.key)], giving: [declaration.key], taking: [])
    else { return false }
    guard let present = ledger.derived(declaration.key, epoch: epoch) else { throw .notFound }
    guard declaration.etag.isEmpty || declaration.etag == present.etag else { throw .etagMismatch }
    let key = declaration.key
    let known = ledger.labels[key]?.value ?? [:]
    let labels = try declaration.applied(to: known)
    guard !sameBytes(known, labels) else { return true }
    if !labels.isEmpty {
      plan.add([.labels(key, labels)], isDurable: true)
    } else if let facts = ledger.seen[key]?.value {
      // The put of `seen` records the revision of the removal.
      plan.add([.labelsGone(key), .seen(key, facts)], isDurable: true)
    }
    return true
  }

  /// Adds the removal of all facts about a model that no engine serves. False when it must wait for another plan.
  mutating func addForgetting(_ key: ModelKey) -> Bool {
    guard plan.claim([.memory(key)], giving: [], taking: [key]) else { return false }
    guard ledger.holders[key] == nil, ledger.seen[key] != nil else { return true }
    // Removes durable labels durably: a later declaration of no labels then writes nothing.
    let declared: [FactChange] = ledger.labels[key] == nil ? [] : [.labelsGone(key)]
    plan.add([.seenGone(key)] + declared, isDurable: !declared.isEmpty)
    return true
  }

  /// Adds the time since when a model is absent, where the store lost it or an older version wrote the record. False
  /// when it must wait for another plan.
  mutating func addLoss(of key: ModelKey, at now: Timestamp) -> Bool {
    guard plan.claim([.memory(key)], giving: [], taking: [key]) else { return false }
    guard ledger.holders[key] == nil, var facts = ledger.seen[key]?.value, facts.goneUptime == nil else {
      return true
    }
    facts.gone = facts.gone ?? now
    facts.goneUptime = uptime
    plan.add([.seen(key, facts)])
    return true
  }

  /// Adds a registration, in place of an earlier registration of the same lease. False when it must wait for another
  /// plan.
  mutating func add(_ registration: Registration) -> Bool {
    let lease = ByteString(registration.leaseID)
    guard plan.claim([.registration(lease)], giving: [], taking: []) else { return false }
    if ledger.registrations[lease] != registration { plan.add([.registration(registration)], isDurable: true) }
    return true
  }

  /// Adds the end of a registration. False when it must wait for another plan.
  mutating func addEnd(ofLease leaseID: String, isDurable: Bool) -> Bool {
    let lease = ByteString(leaseID)
    guard plan.claim([.registration(lease)], giving: [], taking: []) else { return false }
    if ledger.registrations[lease] != nil { plan.add([.registrationGone(leaseID: leaseID)], isDurable: isDurable) }
    return true
  }
}
