internal import Glibc
internal import UnixSignals

/// Catches SIGHUP, SIGTERM and SIGINT from its creation on.
struct ServeSignals {
  private let signals: UnixSignalsSequence

  init() async {
    signals = await UnixSignalsSequence(trapping: .sighup, .sigterm, .sigint)
  }

  /// Handles signals until the task is cancelled. The second signal to stop ends the delay before the drain, if there is
  /// one, and else the process at once.
  ///
  /// - Parameter hurry: ends that delay; returns false when it is over, or there is none.
  func handle(
    reload: @Sendable () -> Void, stop: @Sendable () async -> Void, hurry: @Sendable () -> Bool
  ) async {
    var isStopping = false
    for await signal in signals {
      if signal == .sighup {
        reload()
      } else if isStopping {
        if !hurry() { exit(128 + (signal == .sigint ? SIGINT : SIGTERM)) }
      } else {
        isStopping = true
        await stop()
      }
    }
  }
}
