/// When engines are probed: each in a rhythm of its own, so that many together are asked evenly.
extension FleetState {
  /// When an engine is probed again, `delay` after a probe that was due at `due`.
  mutating func next(after due: Duration, delay: Duration, firstGap: Duration?, at up: Duration) -> Duration {
    // A second opinion, a back-off.
    guard delay == settings.interval else { return up + delay * jitter(0.9...1.1) }
    // In step with the probe's turn, not with its end: one that was late or slow keeps its place among the others.
    // Turns that were missed, or would come too soon after this one, are left out.
    let next = due + (firstGap ?? delay * jitter(0.9...1.1))
    let missed = (up + delay / 4 - next) / delay
    return missed > 0 ? next + delay * missed.rounded(.up) : next
  }
}
