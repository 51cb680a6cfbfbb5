import Synchronization

/// One write that a caller requests.
enum CatalogWrite: Sendable {
  case observation(Observation)
  case labels(LabelsDeclaration)
  case register(Registration)
  /// A lease ends. With `isDurable` the server reports the end to a client, so it must outlive a loss of power.
  case deregister(leaseID: String, isDurable: Bool)
  /// The catalog forgets a model that no engine serves.
  case forget(ModelKey)
  /// The store does not know since when no engine serves this model.
  case lost(ModelKey)
  /// The catalog drops the past that is too old.
  case expire

  /// Whether a client relies on the write once it is acknowledged, so that it needs the store.
  var isDeclared: Bool {
    switch self {
    case .labels, .register, .deregister(_, isDurable: true): true
    case .observation, .deregister, .forget, .lost, .expire: false
    }
  }
}

/// The writes of one caller, which waits for their result.
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

  /// Marks all writes as committed or failed.
  func finish() { isFinished.store(true, ordering: .releasing) }

  /// Records an error, unless an earlier error is recorded.
  func fail(_ error: any Error) {
    outcome.withLock { $0.error = $0.error ?? error }
  }

  /// Records the model whose labels the caller declared.
  func succeed(with model: ModelRef?) {
    outcome.withLock { $0.model = model }
  }

  /// The model whose labels the caller declared; throws the first error.
  func get() throws -> ModelRef? {
    let outcome = outcome.withLock { $0 }
    if let error = outcome.error { throw error }
    return outcome.model
  }
}

/// The queue of callers that write. The caller at its front writes for all callers that are waiting at that moment.
final class WriteQueue: Sendable {
  private let gathering: Duration
  private let turn = AsyncMutex()
  private let waiting = Mutex<[PendingWrite]>([])

  init(gathering: Duration) {
    self.gathering = gathering
  }

  /// The number of callers whose writes have not begun.
  var waitingCount: Int { waiting.withLock { $0.count } }

  /// Does `work` while no caller writes.
  func alone<Outcome>(_ work: () async -> Outcome) async -> Outcome {
    await turn.enter()
    defer { turn.leave() }
    return await work()
  }

  /// Returns after this caller or an earlier caller has done `work` on the caller's writes.
  func enqueue(_ caller: PendingWrite, work: ([PendingWrite]) async -> Void) async {
    waiting.withLock { $0.append(caller) }
    await turn.enter()
    defer { turn.leave() }
    guard !caller.hasFinished else { return }
    // Waits for other callers to join. A cancelled caller does not wait, but it still writes.
    if gathering > .zero { try? await Task.sleep(for: gathering) }
    let callers = waiting.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
    await work(callers)
    for caller in callers { caller.finish() }
  }
}
