internal import Synchronization

/// The time after a signal to stop in which the server is not ready and still answers, so that balancers see that before
/// the port closes.
final class DrainDelay: Sendable {
  private enum State {
    case pending
    case running(AsyncStream<Void>.Continuation)
    case over
  }

  /// How long it lasts; 0: there is none.
  let duration: Duration
  private let state: Mutex<State>

  init(_ duration: Duration) {
    self.duration = duration
    state = Mutex(duration > .zero ? .pending : .over)
  }

  /// Waits for the duration, unless `end` comes first or came before.
  func pass() async {
    let (ends, ending) = AsyncStream.makeStream(of: Void.self)
    let isDue = state.withLock { state in
      guard case .pending = state else { return false }
      state = .running(ending)
      return true
    }
    guard isDue else { return }
    await withTaskGroup(of: Void.self) { [duration] tasks in
      tasks.addTask { try? await Task.sleep(for: duration) }
      tasks.addTask { for await _ in ends { return } }
      await tasks.next()
      tasks.cancelAll()
    }
    state.withLock { $0 = .over }
  }

  /// Ends the wait; returns false when it is over, or there is none.
  func end() -> Bool {
    let before = state.withLock { state in
      defer { state = .over }
      return state
    }
    switch before {
    case .pending: return true
    case .running(let ending):
      ending.yield()
      return true
    case .over: return false
    }
  }
}
