import Synchronization

/// Runs the slow replies as tasks, off the event loops. A limited number runs at once, and the others wait in a queue.
final class TaskPool: Sendable {
  typealias Ticket = Int
  /// Makes a result and returns the closure that hands it over; the pool does not call that closure for cancelled work.
  typealias Work = @concurrent @Sendable () async -> @Sendable (Ticket) -> Void

  private struct Running {
    /// The task; nil when it is cancelled. It keeps its place until it really ends.
    var task: Task<Void, Never>?
  }

  private struct State {
    var running: [Ticket: Running] = [:]
    /// Work that waits. A ticket from `first` up to `next` that is not here was cancelled or has begun.
    var waiting: [Ticket: Work] = [:]
    var first = 1
    var next = 1
    var refused = 0
  }

  private let atOnce: Int
  private let inLine: Int
  private let state = Mutex(State())

  init(atOnce: Int, inLine: Int) {
    self.atOnce = max(atOnce, 1)
    self.inLine = inLine
  }

  /// Starts or queues the work; nil when too much work waits already.
  func start(_ work: @escaping Work) -> Ticket? {
    state.withLock { state in
      guard state.running.count < atOnce || state.waiting.count < inLine else {
        state.refused += 1
        return nil
      }
      let ticket = state.next
      state.next += 1
      state.waiting[ticket] = work
      fill(&state)
      return ticket
    }
  }

  /// Cancels the work whose result no caller waits for any more: the pool does not hand it over.
  func cancel(_ ticket: Ticket) {
    let task = state.withLock { state -> Task<Void, Never>? in
      if state.waiting.removeValue(forKey: ticket) != nil { return nil }
      let task = state.running[ticket]?.task
      state.running[ticket]?.task = nil
      return task
    }
    task?.cancel()
  }

  var figures: (running: Int, waiting: Int, refused: Int) {
    state.withLock { ($0.running.count, $0.waiting.count, $0.refused) }
  }

  /// Starts waiting work while there is room, first come, first served.
  private func fill(_ state: inout State) {
    while state.running.count < atOnce && !state.waiting.isEmpty {
      let ticket = state.first
      state.first += 1
      guard let work = state.waiting.removeValue(forKey: ticket) else { continue }
      state.running[ticket] = Running(task: Task { @concurrent in end(ticket, await work()) })
    }
  }

  private func end(_ ticket: Ticket, _ handOver: @Sendable (Ticket) -> Void) {
    state.withLock { state in
      // The lock is held: once a ticket is cancelled, its event loop may be gone.
      if state.running.removeValue(forKey: ticket)?.task != nil { handOver(ticket) }
      fill(&state)
    }
  }
}
