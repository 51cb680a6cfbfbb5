import Synchronization

/// One thing that a caller wants written.
enum CatalogWrite: Sendable {
  case observation(Observation)
  case labels(LabelsDeclaration)
  case register(Registration)
  /// A lease ends. `isDurable`: a client was told so.
  case deregister(leaseID: String, isDurable: Bool)
  /// A model that no engine serves is remembered no more.
  case forget(ModelKey)
  /// The store does not know since when no engine serves this model.
  case lost(ModelKey)
  /// The past that is too old by now goes.
  case expire
}

/// The writes of one caller, which waits for them.
final class PendingWrite: Sendable {
  private struct Outcome {
    var error: (any Error)?
    var model: ModelRef?
  }

  let writes: [CatalogWrite]
  let time: Timestamp
  private let outcome = Mutex(Outcome())
  private let isFinished = Atomic(false)

  init(_ writes: [CatalogWrite], at time: Timestamp) {
    self.writes = writes
    self.time = time
  }

  var hasFailed: Bool { outcome.withLock { $0.error != nil } }
  var hasFinished: Bool { isFinished.load(ordering: .acquiring) }

  /// Says that all writes are committed or failed.
  func finish() { isFinished.store(true, ordering: .releasing) }

  /// The first error stays.
  func fail(_ error: any Error) {
    outcome.withLock { $0.error = $0.error ?? error }
  }

  /// `model`: whose labels were declared.
  func succeed(with model: ModelRef?) {
    outcome.withLock { $0.model = model }
  }

  /// The model whose labels were declared; throws the first error.
  func get() throws -> ModelRef? {
    let outcome = outcome.withLock { $0 }
    if let error = outcome.error { throw error }
    return outcome.model
  }
}

/// The queue of callers that write. The caller at its front writes for all callers that wait by then.
final class WriteQueue: Sendable {
  private let gathering: Duration
  private let turn = AsyncMutex()
  private let waiting = Mutex<[PendingWrite]>([])

  init(gathering: Duration) {
    self.gathering = gathering
  }

  /// Callers whose writes are not begun.
  var waitingCount: Int { waiting.withLock { $0.count } }

  /// Returns when `work` is done on the caller's writes, by this caller or by an earlier one.
  func enqueue(_ caller: PendingWrite, work: ([PendingWrite]) async -> Void) async {
    waiting.withLock { $0.append(caller) }
    await turn.enter()
    defer { turn.leave() }
    guard !caller.hasFinished else { return }
    // Others come meanwhile. A cancelled caller does not wait, but still writes.
    if gathering > .zero { try? await Task.sleep(for: gathering) }
    let callers = waiting.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
    await work(callers)
    for caller in callers { caller.finish() }
  }
}
