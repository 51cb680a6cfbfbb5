import NIOCore

/// The one timer of a connection: it fires at the earliest deadline that it was armed for, or before it.
///
/// It is armed anew only for an earlier deadline, so that deadlines that come and go cost nothing; after it
/// has fired too early, its owner arms it for the next deadline.
struct DeadlineTimer {
  private var scheduled: Scheduled<Void>?
  private var due: ContinuousClock.Instant?

  /// Whether the timer has to be armed to fire at `deadline`.
  func isLate(for deadline: ContinuousClock.Instant) -> Bool {
    due.map { deadline < $0 } ?? true
  }

  mutating func arm(
    for deadline: ContinuousClock.Instant, on eventLoop: any EventLoop, _ fire: @escaping @Sendable () -> Void
  ) {
    scheduled?.cancel()
    due = deadline
    scheduled = eventLoop.scheduleTask(in: TimeAmount(max(deadline - .now, .zero)), fire)
  }

  /// To be called first when it fires.
  mutating func fired() {
    scheduled = nil
    due = nil
  }

  mutating func cancel() {
    scheduled?.cancel()
    fired()
  }
}
