/// Watches whether an engine that answers also works. A value: time is an argument, since the fleet's start.
///
/// Token counters that move prove it at no cost. An engine that shows work in flight while they stand still for
/// `stallAfter` is suspect. With `proofOfLife` set, so is one without progress for that long, because a frozen engine
/// can show no work at all (recorded for vLLM). A suspect gets a request for one token. When none comes the engine is
/// frozen, whatever its health reports, until tokens move, a later proof passes, or its process is another.
struct LifeWatch: Hashable, Sendable {
  /// The signs of life in one probe.
  struct Signs: Hashable, Sendable {
    /// Whether counters moved; nil where the engine reported none.
    var hasProgressed: Bool?
    var isRestarted = false
    /// Requests in flight; nil where the engine reports none.
    var inFlight: Double?
    var proof: Proof?
  }

  /// How long an engine that did not take the request gets no other one.
  static let patience: Duration = .seconds(300)

  /// Why it counts as frozen; nil while it does not.
  private(set) var frozen: String?
  /// Whether an earlier process found it frozen.
  private var isRemembered = false
  /// Since when there has been work without progress; nil while there is none.
  private var stalledSince: Duration?
  private var lastSign: Duration
  /// No proof is requested before this time.
  private var notBefore: Duration = .zero
  /// Failed proofs in a row.
  private var failures = 0

  /// Begins to watch an engine at a time since the fleet's start.
  init(at up: Duration) {
    lastSign = up
  }

  /// Goes on with an engine that the store remembers as frozen, and why.
  init(frozen reason: String) {
    self.init(at: .zero)
    frozen = reason
    isRemembered = true
  }

  mutating func observe(_ signs: Signs, at up: Duration, _ settings: ProbeSettings) {
    if signs.isRestarted || signs.hasProgressed == true || signs.proof == .passed { return live(at: up) }
    if let inFlight = signs.inFlight {
      stalledSince = inFlight > 0 ? stalledSince ?? up : nil
    }
    switch signs.proof {
    case .failed(let reason):
      // The first reason stays: a repeated failure is no change.
      frozen = frozen ?? "frozen: " + reason
      isRemembered = false
      notBefore = up + settings.backOff(doublings: failures)
      failures += 1
    case .unclear:
      notBefore = up + Self.patience
      // It may be another engine by now, which does not take the request.
      if isRemembered { frozen = nil }
    case .passed, nil:
      break
    }
  }

  private mutating func live(at up: Duration) {
    let wasUnclear = frozen == nil && notBefore > up
    self = LifeWatch(at: up, notBefore: wasUnclear ? notBefore : .zero)
  }

  private init(at up: Duration, notBefore: Duration) {
    self.init(at: up)
    self.notBefore = notBefore
  }

  /// Whether the next probe is to request a token.
  func wantsProof(at up: Duration, _ settings: ProbeSettings) -> Bool {
    guard up >= notBefore else { return false }
    if frozen != nil { return true }
    if let stalledSince, up - stalledSince >= settings.stallAfter { return true }
    // Work in flight is judged by `stallAfter` alone.
    guard stalledSince == nil, let interval = settings.proofOfLife else { return false }
    return up - lastSign >= interval
  }
}
