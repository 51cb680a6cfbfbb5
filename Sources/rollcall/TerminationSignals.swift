internal import UnixSignals

/// Catches SIGINT and SIGTERM from its creation on.
struct TerminationSignals {
  private let signals: UnixSignalsSequence

  init() async {
    signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
  }

  /// Returns on the first signal, or when the task is cancelled.
  func first() async {
    for await _ in signals { return }
  }
}
