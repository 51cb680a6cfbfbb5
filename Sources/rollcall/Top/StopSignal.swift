internal import Dispatch
internal import Glibc

/// Catches SIGTSTP, which Control-Z sends, from its creation on.
struct StopSignal {
  private let source: any DispatchSourceSignal

  /// Calls `stop` in place of the signal's default action.
  init(_ stop: @escaping @Sendable () -> Void) {
    signal(SIGTSTP, SIG_IGN)
    source = DispatchSource.makeSignalSource(signal: SIGTSTP, queue: .global())
    source.setEventHandler(handler: stop)
    source.activate()
  }

  /// Stops this process until SIGCONT.
  static func stopProcess() {
    kill(getpid(), SIGSTOP)
  }

  func cancel() {
    source.cancel()
  }
}
