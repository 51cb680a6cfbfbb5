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
final class CatalogWriter: Sendable {
  private let store: MonitoredStore
  private let publisher: CatalogPublisher
  private let encoder: any ModelEncoder
  private let queue: WriteQueue
  private let ledger: Mutex<Ledger>
  private let uptime: StoreUptime
  /// The largest number of absent models that the catalog remembers.
  private let absentLimit: Int

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
    let (transactions, planned) = plan(&rest)
    let time = planned.map { $0.caller.time }.max() ?? Timestamp(microseconds: 0)
    var committed = 0
    var failure: StoreError?
    do throws(StoreError) {
      for transaction in transactions {
        let modified = try await store.commit(transaction, at: time)
        publish(transaction.changes, modified: modified, at: time)
        committed += 1
      }
    } catch {
      failure = error
    }
    for item in planned {
      if let failure, item.needed > committed {
        item.caller.fail(failure)
      } else {
        finish(item)
      }
    }
    await store.compact(to: publisher.view.history.floor, at: time)
    return transactions.reduce(0) { $0 + $1.changes.count }
  }

  /// Takes as many items off the front as fit one plan.
  private func plan(_ rest: inout ArraySlice<Item>) -> (transactions: [WritePlan.Transaction], planned: [Item]) {
    let (epoch, uptime) = (store.store.epoch, uptime.now)
    return ledger.withLock { ledger in
      var planner = WritePlanner(ledger, epoch: epoch, uptime: uptime)
      var planned: [Item] = []
      while let item = rest.first {
        if !item.caller.hasFailed {
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

  /// Publishes the changes that the store has committed as its own revision `modified`.
  private func publish(_ facts: [FactChange], modified: Int64, at time: Timestamp) {
    let epoch = store.store.epoch
    let derived = ledger.withLock { ledger in
      ledger.apply(facts.map { ($0, modified) }).sorted().map { key in
        (key: key, model: ledger.derived(key, epoch: epoch))
      }
    }
    let before = publisher.view.snapshot
    let changes = derived.compactMap { key, model in
      ModelChange(of: key, model, encoder: encoder) { before.model(key, sight: .all)?.stored }
    }
    publisher.publish(changes, revision: epoch + modified, at: time)
  }
}
