internal import Dispatch
internal import Glibc
internal import Synchronization

/// Forwards signals of this process to a child, from its creation to `end`. A signal that arrives before the child
/// exists waits for it. Signals that were already ignored stay ignored.
final class ForwardedSignals {
  /// The signals that a service manager, a terminal or a user sends.
  private static let all = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGTSTP, SIGCONT]

  /// The signals that are forwarded.
  let caught: [Int32]
  private let sources: [any DispatchSourceSignal]
  private let receiver = Receiver()

  init() {
    caught = Self.all.filter { !ChildProcess.isIgnored($0) }
    sources = caught.map { number in
      signal(number, SIG_IGN)
      return DispatchSource.makeSignalSource(signal: number, queue: .global())
    }
    for (number, source) in zip(caught, sources) {
      source.setEventHandler { [receiver] in receiver.take(number) }
      source.activate()
    }
  }

  func begin(_ child: ChildProcess) {
    receiver.begin(child)
  }

  func end() {
    for source in sources { source.cancel() }
  }
}

/// Sends signals to the child, and holds them until the child exists.
private final class Receiver: Sendable {
  private struct State {
    var child: ChildProcess?
    var waiting: [Int32] = []
  }

  private let state = Mutex(State())

  func begin(_ child: ChildProcess) {
    let waiting = state.withLock { state in
      state.child = child
      return state.waiting
    }
    for number in waiting { child.send(number) }
  }

  func take(_ number: Int32) {
    let child = state.withLock { state in
      if state.child == nil { state.waiting.append(number) }
      return state.child
    }
    child?.send(number)
    // Control-Z stops this process together with the command, so that the shell notices.
    if number == SIGTSTP { kill(getpid(), SIGSTOP) }
  }
}
