import Synchronization

extension ModelCatalog {
  /// Commits and publishes writes, in order; returns when that is done, or throws the first error. Returns the model
  /// whose labels were declared, as it was then.
  @discardableResult
  func write(_ writes: [Write], at now: Timestamp) async throws -> ModelRef? {
    guard !writes.isEmpty else { return nil }
    let ticket = PendingWrite(writes, at: now)
    await line.stand(ticket) { tickets in
      var rest = tickets.flatMap { ticket in ticket.writes.map { Pending(write: $0, ticket: ticket) } }[...]
      while !rest.isEmpty { await writeSome(&rest) }
    }
    return try ticket.get()
  }

  /// A write on its way.
  private struct Pending {
    let write: Write
    let ticket: PendingWrite
    /// Transactions that must be committed for it.
    var needed = 0
  }

  /// Commits as many as fit together, and takes them off the front.
  private func writeSome(_ rest: inout ArraySlice<Pending>) async {
    var plan = Plan()
    var planned: [Pending] = []
    ledger.withLock { ledger in
      while let pending = rest.first, take(pending, ledger, &plan, &planned) { rest.removeFirst() }
    }
    let time = planned.map { $0.ticket.time }.max() ?? Timestamp(microseconds: 0)
    var committed = 0
    var failure: StoreError?
    do throws(StoreError) {
      for transaction in plan.transactions {
        let modified = try await commit(transaction, at: time)
        publish(transaction.changes, modified: modified, at: time)
        committed += 1
      }
    } catch {
      failure = error
    }
    for pending in planned {
      if let failure, pending.needed > committed {
        pending.ticket.fail(failure)
        continue
      }
      switch pending.write {
      case .labels(let declaration):
        // No other write of the same plan took the model away.
        pending.ticket.model = view.snapshot.model(declaration.key, sight: .all)
      case .expire:
        expire(at: pending.ticket.time)
      case .observation, .register, .deregister, .forget, .lost:
        break
      }
    }
    await compactDropped(at: time)
  }

  /// False when it must wait for another plan.
  private func take(_ pending: Pending, _ ledger: Ledger, _ plan: inout Plan, _ planned: inout [Pending]) -> Bool {
    guard !pending.ticket.hasFailed else { return true }
    do throws(LabelsError) {
      guard try add(pending.write, at: pending.ticket.time, ledger, to: &plan) else { return false }
      planned.append(Pending(write: pending.write, ticket: pending.ticket, needed: plan.transactions.count))
    } catch {
      pending.ticket.fail(error)
    }
    return true
  }

  private func add(
    _ write: Write, at time: Timestamp, _ ledger: Ledger, to plan: inout Plan
  ) throws(LabelsError) -> Bool {
    switch write {
    case .observation(let observation):
      ledger.add(observation, at: time, to: &plan)
    case .labels(let declaration):
      try ledger.add(declaration, present: ledger.derived(declaration.key, epoch: store.epoch), to: &plan)
    case .register(let registration):
      ledger.add(registration, to: &plan)
    case .deregister(let leaseID, let isDurable):
      ledger.addEnd(ofLease: leaseID, isDurable: isDurable, to: &plan)
    case .forget(let key):
      ledger.addForgetting(key, to: &plan)
    case .lost(let key):
      ledger.addLoss(of: key, at: time, to: &plan)
    case .expire:
      true
    }
  }

  private func commit(_ transaction: Plan.Transaction, at time: Timestamp) async throws(StoreError) -> Int64 {
    let began = ContinuousClock.now
    let operations = transaction.changes.map { $0.operation(codec) }
    do throws(StoreError) {
      let modified = try await store.commit(
        StoreTransaction(operations: operations, time: time, isDurable: transaction.isDurable))
      health.withLock { $0.committed(operations.count, took: ContinuousClock.now - began) }
      return modified
    } catch {
      health.withLock { $0.failed(error, at: time, took: ContinuousClock.now - began) }
      throw error
    }
  }
}
