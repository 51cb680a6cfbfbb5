/// How fast probes may start, whatever is due: 1,000 a second, or 1.6 times what the fleet needs when that is more. What
/// is overdue after a stall of the process or the machine is made up for at this pace.
struct ProbePace: Sendable {
  /// Probes that may start at once.
  private var allowance = 0.0
  private var perSecond = 0.0
  private var last: Duration?

  var hasRoom: Bool { allowance >= 1 }

  /// When there will be room for some.
  var hasRoomAt: Duration { (last ?? .zero) + .milliseconds(5) }

  /// `window`: in which each engine is to be probed once.
  mutating func advance(to up: Duration, engines: Int, window: Duration) {
    perSecond = max(1000, 1.6 * Double(engines) / (window / .seconds(1)))
    // 20 ms of it, so that pieces of a tenth of a second keep to it too.
    let most = perSecond / 50
    let earned = last.map { ((up - $0) / .seconds(1)) * perSecond } ?? most
    allowance = min(most, allowance + max(0, earned))
    last = up
  }

  mutating func take() {
    allowance -= 1
  }
}
