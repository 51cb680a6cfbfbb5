/// The rate at which probes may start, whatever is due: 1,000 a second, or 1.6 times the fleet's need when that is
/// more. Probes that are overdue after a stall of the process or the machine are made up for at this rate.
struct ProbePace: Sendable {
  /// Probes that may start at once.
  private var allowance = 0.0
  private var perSecond = 0.0
  private var last: Duration?

  var hasRoom: Bool { allowance >= 1 }

  /// When probes may start again.
  var hasRoomAt: Duration { (last ?? .zero) + .milliseconds(5) }

  /// Earns the allowance up to a time. `window`: the time in which each engine is to be probed once.
  mutating func advance(to up: Duration, engines: Int, window: Duration) {
    perSecond = max(1000, 1.6 * Double(engines) / (window / .seconds(1)))
    // At most 20 ms of the rate, so that each tenth of a second keeps to it too.
    let most = perSecond / 50
    let earned = last.map { ((up - $0) / .seconds(1)) * perSecond } ?? most
    allowance = min(most, allowance + max(0, earned))
    last = up
  }

  mutating func take() {
    allowance -= 1
  }
}
