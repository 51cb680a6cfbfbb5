import Synchronization

/// The settings of a writer.
struct WriterSettings {
  /// How long a write may wait for other writes of the same commit.
  var gathering: Duration
  /// The largest number of absent models that the catalog remembers.
  var absentLimit: Int
  /// The store's uptime, which dates the absence of models.
  var uptime: StoreUptime
}

/// Commits the writes of callers in order, several in one transaction, and publishes each transaction after its commit.
/// It owns the queue of callers and the facts, and only it writes to the store.
///
/// While the store takes no writes for long, the writer publishes observations in an epoch in memory, without a commit.
/// When the store takes writes again, the writer stores what differs, and goes on with commits.
final class CatalogWriter: Sendable {
  private let store: MonitoredStore
  private let publisher: CatalogPublisher
  private let encoder: any ModelEncoder
  private let queue: WriteQueue
  private let ledger: Mutex<Ledger>
  private let uptime: StoreUptime
  /// The largest number of absent models that the catalog remembers.
  private let absentLimit: Int
  /// Only the holder of the queue's turn changes these.
  private let epochs = Mutex(MemoryEpochs())
  private let reconciliation = Mutex(Reconciliation())

  init(
    _ ledger: Ledger, store: MonitoredStore, publisher: CatalogPublisher, encoder: any ModelEncoder,
    settings: WriterSettings
  ) {
    self.ledger = Mutex(ledger)
    self.store = store
    self.publisher = publisher
    self.encoder = encoder
    uptime = settings.uptime
    absentLimit = settings.absentLimit
    queue = WriteQueue(gathering: settings.gathering)
  }

  /// The number of callers whose writes have not begun.
  var waitingCount: Int { queue.waitingCount }

  /// Reads the facts. It delays the writer while it runs, but no reader of the view.
  func facts<Result: Sendable>(_ read: (Ledger) -> Result) -> Result {
    ledger.withLock { read($0) }
  }

  /// Commits and publishes writes in order, and returns afterwards; throws the first error. Returns the model whose
  /// labels the caller declared, as it was after the commit.
  @discardableResult
  func write(_ writes: [CatalogWrite], at now: Timestamp) async throws -> ModelRef? {
    guard !writes.isEmpty else { return nil }
    let caller = PendingWrite(writes, at: now)
    await queue.enqueue(caller) { callers in
      var rest = callers.flatMap { caller in caller.writes.map { Item(write: $0, caller: caller) } }[...]
      while !rest.isEmpty {
        let changeCount = await writeSome(&rest)
        await forgetExcess(behind: changeCount, at: now)
      }
    }
    return try caller.get()
  }

  /// Begins an epoch in memory when the store is overdue.
  func bypassStore(at now: Timestamp) async {
    await queue.alone { beginEpoch(ifOverdueAt: now) }
  }

  /// Stores every fact that the store does not have yet, and ends the epoch in memory. When the store fails or is slow,
  /// the epoch goes on, and the next call stores the rest.
  func reconcile(at now: Timestamp) async {
    await queue.alone {
      guard let floor = epochs.withLock({ $0.last }) else { return }
      do throws(StoreError) {
        if let (facts, last) = try await storeDifferences(after: floor, at: now) {
          epochs.withLock { $0.end() }
          reconciliation.withLock { $0 = Reconciliation() }
          publish(facts, revision: last, at: now)
          store.resume()
          return
        }
      } catch {
        // The health of the store has the reason.
      }
      // The store may have got revisions that no client knows.
      let used = store.bypass(at: now)
      epochs.withLock { $0.skip(to: used) }
    }
  }

  /// Forgets absent models when a plan left too many. A failure is no caller's: the next write tries again.
  private func forgetExcess(behind changeCount: Int, at time: Timestamp) async {
    guard let absent = ledger.withLock({ AbsentModels($0, limit: absentLimit) }) else { return }
    let excess = absent.excess(atMost: Self.forgettingLimit + changeCount)
    let caller = PendingWrite(excess.map { .forget($0) }, at: time)
    var rest = caller.writes.map { Item(write: $0, caller: caller) }[...]
    while !rest.isEmpty, !caller.hasFailed { await writeSome(&rest) }
  }

  /// The number of models that the writer forgets behind one plan beside as many as the plan may have added, so that an
  /// older version's store delays no other write for long.
  private static let forgettingLimit = 10_000

  /// One write, and the caller that waits for it.
  private struct Item {
    let write: CatalogWrite
    let caller: PendingWrite
    /// The number of the plan's transactions that the item needs to be committed.
    var needed = 0
  }

  /// Commits as many items as fit one plan, and takes them off the front. Returns the number of planned changes.
  @discardableResult
  private func writeSome(_ rest: inout ArraySlice<Item>) async -> Int {
    guard let first = rest.first else { return 0 }
    beginEpoch(ifOverdueAt: first.caller.time)
    let (transactions, planned) = plan(&rest)
    let time = planned.map { $0.caller.time }.max() ?? first.caller.time
    var committed = 0
    var failure: StoreError?
    do throws(StoreError) {
      for transaction in transactions {
        let modified: Int64
        if let next = epochs.withLock({ $0.next() }) {
          modified = next
        } else {
          modified = try await store.commit(transaction, at: time)
        }
        publish(transaction.changes.map { ($0, modified) }, revision: modified, at: time)
        committed += 1
      }
    } catch {
      failure = error
      // The transaction reached the store nevertheless: the facts and the store would differ from now on.
      if store.store.revision > publisher.view.head - store.store.epoch { store.diverged(error, at: time) }
    }
    for item in planned {
      if let failure, item.needed > committed {
        item.caller.fail(failure)
      } else {
        finish(item)
      }
    }
    await compact(at: time)
    return transactions.reduce(0) { $0 + $1.changes.count }
  }

  /// Drops from the store what the history has dropped. The store has no state as of a revision in memory, so it keeps
  /// its past until the history begins at a stored revision.
  private func compact(at time: Timestamp) async {
    let floor = publisher.view.history.floor
    guard epochs.withLock({ $0.areStored(upTo: floor.revision - store.store.epoch) }) else { return }
    await store.compact(to: floor, at: time)
  }

  private func beginEpoch(ifOverdueAt time: Timestamp) {
    guard store.mode == .overdue else { return }
    let used = store.bypass(at: time)
    let first = epochs.withLock { $0.begin(after: max(used, publisher.view.head - store.store.epoch)) }
    publisher.beginEpoch(revision: store.store.epoch + first, at: time)
  }

  /// Commits what differs between the store and the facts. Returns all facts that this epoch has stored, and the last
  /// revision; nil when the store is too slow to commit everything now. Nothing is published before all is stored: a
  /// process that ends before that leaves a store that shows no state that a client has seen.
  private func storeDifferences(
    after floor: Int64, at time: Timestamp
  ) async throws(StoreError) -> (facts: [Reconciliation.Fact], last: Int64)? {
    let ledger = facts { $0 }
    let entries = try await store.contents(at: time)
    let plan = reconciliation.withLock { $0 }.plan(from: entries, to: ledger, codec: store.codec)
    var (facts, last) = (plan.stored, floor)
    let began = ContinuousClock.now
    for (index, differences) in plan.transactions.enumerated() {
      // Each attempt stores something, however slow the store is.
      guard index == 0 || ContinuousClock.now - began < Self.reconciliationPatience else { return nil }
      let isLast = index == plan.transactions.count - 1
      let changes = WritePlan.Transaction(changes: differences.map(\.change), isDurable: isLast)
      last = try await store.commit(changes, at: time, after: floor)
      reconciliation.withLock { $0.committed(differences, as: last) }
      facts += differences.map { ($0.change, last) }
    }
    return (facts, last)
  }

  /// How long the reconciliation may keep other writes waiting.
  private static let reconciliationPatience: Duration = .seconds(5)

  /// Takes as many items off the front as fit one plan.
  private func plan(_ rest: inout ArraySlice<Item>) -> (transactions: [WritePlan.Transaction], planned: [Item]) {
    let (epoch, uptime) = (store.store.epoch, uptime.now)
    let refusal = store.mode == .bypassed ? store.refusal : nil
    return ledger.withLock { ledger in
      var planner = WritePlanner(ledger, epoch: epoch, uptime: uptime)
      var planned: [Item] = []
      while let item = rest.first {
        if let refusal, item.write.isDeclared {
          item.caller.fail(refusal)
        } else if refusal != nil, case .forget(let key) = item.write, ledger.labels[key] != nil {
          // Declared labels go only with the store. A later round forgets the model.
          planned.append(item)
        } else if !item.caller.hasFailed {
          do throws(LabelsError) {
            guard try planner.add(item.write, at: item.caller.time) else { break }
            let needed = planner.plan.transactions.count
            planned.append(Item(write: item.write, caller: item.caller, needed: needed))
          } catch {
            item.caller.fail(error)
          }
        }
        rest.removeFirst()
      }
      return (planner.plan.transactions, planned)
    }
  }

  /// Completes an item whose transactions are committed and published.
  private func finish(_ item: Item) {
    switch item.write {
    case .labels(let declaration):
      // The model exists, because no other write of the same plan removes it.
      item.caller.succeed(with: publisher.view.snapshot.model(declaration.key, sight: .all))
    case .expire:
      publisher.expireHistory()
    case .observation, .register, .deregister, .forget, .lost:
      break
    }
  }

  /// Publishes changes, each with the revision of its put, as the revision `revision`. Both are the store's own.
  private func publish(_ facts: [(change: FactChange, modified: Int64)], revision: Int64, at time: Timestamp) {
    let epoch = store.store.epoch
    let derived = ledger.withLock { ledger in
      ledger.apply(facts).sorted().map { key in
        (key: key, model: ledger.derived(key, epoch: epoch))
      }
    }
    let before = publisher.view.snapshot
    let changes = derived.compactMap { key, model in
      ModelChange(of: key, model, encoder: encoder) { before.model(key, sight: .all)?.stored }
    }
    publisher.publish(changes, revision: epoch + revision, at: time)
  }
}
