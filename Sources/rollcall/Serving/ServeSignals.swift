internal import Glibc
internal import UnixSignals

/// Catches SIGHUP, SIGTERM and SIGINT from its creation on.
struct ServeSignals {
  private let signals: UnixSignalsSequence

  init() async {
    signals = await UnixSignalsSequence(trapping: .sighup, .sigterm, .sigint)
  }

  /// Handles signals until the task is cancelled. The second signal to stop ends the process at once.
  func handle(reload: @Sendable () -> Void, stop: @Sendable () async -> Void) async {
    var isStopping = false
    for await signal in signals {
      if signal == .sighup {
        reload()
      } else if isStopping {
        exit(128 + (signal == .sigint ? SIGINT : SIGTERM))
      } else {
        isStopping = true
        await stop()
      }
    }
  }
}
