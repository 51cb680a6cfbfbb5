import HTTP
import Synchronization

/// Runs the slow replies as tasks, off the event loops. A limited number runs at once, and the others wait in a queue.
final class TaskPool: Sendable {
  typealias Ticket = Int
  /// Makes a result and returns the closure that hands it over; the pool does not call that closure for cancelled work.
  typealias Work = @concurrent @Sendable () async -> @Sendable (Ticket) -> Void

  private struct Running {
    /// The task; nil when it is cancelled. It keeps its place until it really ends.
    var task: Task<Void, Never>?
    var peer: UInt64
  }

  private struct Waiting {
    var work: Work
    var peer: UInt64
  }

  private struct State {
    var running: [Ticket: Running] = [:]
    var waiting: [Ticket: Waiting] = [:]
    var next = 1
    /// The number of the last start of each peer's work, for peers that have some.
    var lastStart: [UInt64: Int] = [:]
    var starts = 0
    var refused = 0
    /// The work of each peer, running and waiting.
    var byPeer: [UInt64: Int] = [:]

    mutating func left(_ peer: UInt64) {
      guard peer != 0 else { return }
      let count = (byPeer[peer] ?? 1) - 1
      byPeer[peer] = count == 0 ? nil : count
      if count == 0 { lastStart[peer] = nil }
    }

    /// Takes the work that is next: of the peer whose last start is the longest ago, first come, first served.
    mutating func takeNext() -> (ticket: Ticket, work: Waiting)? {
      let next = waiting.min {
        (lastStart[$0.value.peer] ?? 0, $0.key) < (lastStart[$1.value.peer] ?? 0, $1.key)
      }
      guard let next else { return nil }
      starts += 1
      lastStart[next.value.peer] = starts
      waiting[next.key] = nil
      return (next.key, next.value)
    }
  }

  private let atOnce: Int
  private let inLine: Int
  private let perPeer: Int
  private let counts: LimitCounts?
  private let state = Mutex(State())

  /// - Parameter counts: counts the limits that work meets; nil: nothing does.
  init(atOnce: Int, inLine: Int, perPeer: Int = .max, counts: LimitCounts? = nil) {
    self.counts = counts
    self.perPeer = perPeer
    self.atOnce = max(atOnce, 1)
    self.inLine = inLine
  }

  /// Starts or queues the work; nil when too much work waits already, or too much of this peer's.
  ///
  /// - Parameter peer: the peer's number; 0: without a limit of its own.
  func start(for peer: UInt64 = 0, _ work: @escaping Work) -> Ticket? {
    state.withLock { state in
      let mustWait = state.running.count >= atOnce
      let isOfPeer = peer != 0 && state.byPeer[peer, default: 0] >= perPeer
      guard !isOfPeer, !mustWait || state.waiting.count < inLine else {
        counts?.count(isOfPeer ? .tasksPerPeer : .waitingTasks)
        state.refused += 1
        return nil
      }
      if mustWait { counts?.count(.tasks) }
      let ticket = state.next
      state.next += 1
      state.waiting[ticket] = Waiting(work: work, peer: peer)
      if peer != 0 { state.byPeer[peer, default: 0] += 1 }
      fill(&state)
      return ticket
    }
  }

  /// Cancels the work whose result no caller waits for any more: the pool does not hand it over.
  func cancel(_ ticket: Ticket) {
    let task = state.withLock { state -> Task<Void, Never>? in
      if let waiting = state.waiting.removeValue(forKey: ticket) {
        state.left(waiting.peer)
        return nil
      }
      let task = state.running[ticket]?.task
      state.running[ticket]?.task = nil
      return task
    }
    task?.cancel()
  }

  var figures: (running: Int, waiting: Int, refused: Int) {
    state.withLock { ($0.running.count, $0.waiting.count, $0.refused) }
  }

  /// Starts waiting work while there is room; the peers take turns.
  private func fill(_ state: inout State) {
    while state.running.count < atOnce, let (ticket, next) = state.takeNext() {
      let task = Task { @concurrent in end(ticket, await next.work()) }
      state.running[ticket] = Running(task: task, peer: next.peer)
    }
  }

  private func end(_ ticket: Ticket, _ handOver: @Sendable (Ticket) -> Void) {
    state.withLock { state in
      // The lock is held: once a ticket is cancelled, its event loop may be gone.
      let ended = state.running.removeValue(forKey: ticket)
      if let ended { state.left(ended.peer) }
      if ended?.task != nil { handOver(ticket) }
      fill(&state)
    }
  }
}
