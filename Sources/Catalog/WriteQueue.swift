import Synchronization

/// Something that is to be written.
enum Write: Sendable {
  case observation(Observation)
  case labels(LabelsDeclaration)
  case register(Registration)
  /// A lease ends. `isDurable`: someone was told so.
  case deregister(leaseID: String, isDurable: Bool)
  /// A model that nobody serves is remembered no more.
  case forget(ModelKey)
  /// It was lost since when nobody serves this model.
  case lost(ModelKey)
  /// The past that is too old by now goes.
  case expire
}

/// Writes of one caller, who waits for them.
final class PendingWrite: Sendable {
  let writes: [Write]
  let time: Timestamp
  private let error = Mutex<(any Error)?>(nil)
  private let declared = Mutex<ModelRef?>(nil)
  private let isDone = Atomic(false)

  init(_ writes: [Write], at time: Timestamp) {
    self.writes = writes
    self.time = time
  }

  /// Says that its writes are committed or failed. The first error stays.
  func finish() { isDone.store(true, ordering: .releasing) }

  func fail(_ error: any Error) {
    self.error.withLock { $0 = $0 ?? error }
  }

  var hasFailed: Bool { error.withLock { $0 != nil } }
  var hasFinished: Bool { isDone.load(ordering: .acquiring) }

  /// Whose labels were declared.
  var model: ModelRef? {
    get { declared.withLock { $0 } }
    set { declared.withLock { $0 = newValue } }
  }

  func get() throws -> ModelRef? {
    if let error = error.withLock({ $0 }) { throw error }
    return model
  }
}

/// Where callers line up; whoever comes to the front writes for all that wait by then.
final class WriteQueue: Sendable {
  let gathering: Duration
  private let turnstile = AsyncMutex()
  private let waiting = Mutex<[PendingWrite]>([])

  init(gathering: Duration) {
    self.gathering = gathering
  }

  /// How many callers' writes are not begun.
  var waitingCount: Int { waiting.withLock { $0.count } }

  /// Returns when `work` was done on the ticket, by this caller or by one that was before it in the line.
  func stand(_ ticket: PendingWrite, work: ([PendingWrite]) async -> Void) async {
    waiting.withLock { $0.append(ticket) }
    await turnstile.enter()
    defer { turnstile.leave() }
    guard !ticket.hasFinished else { return }
    // Others come meanwhile. Who is cancelled does not wait, but still writes.
    if gathering > .zero { try? await Task.sleep(for: gathering) }
    let tickets = waiting.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
    await work(tickets)
    for ticket in tickets { ticket.finish() }
  }
}
