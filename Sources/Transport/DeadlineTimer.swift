import NIOCore

/// The only timer of a connection: it fires at the earliest deadline that it is armed for, or before it.
///
/// Its owner arms it anew only for an earlier deadline, so a deadline that comes and goes costs nothing. When the timer
/// fires too early, the owner arms it for the next deadline.
struct DeadlineTimer {
  private var scheduled: Scheduled<Void>?
  private var due: ContinuousClock.Instant?

  /// Whether the timer would miss `deadline` unless its owner arms it again.
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

  /// Forgets the deadline; the owner calls this first when the timer fires.
  mutating func fired() {
    scheduled = nil
    due = nil
  }

  mutating func cancel() {
    scheduled?.cancel()
    fired()
  }
}
