/// Whether an engine that answers also works. A value: time is an argument, since the fleet's start.
///
/// Counters of tokens that move prove it for nothing. An engine that shows work in flight while they stand still for
/// `stallAfter` is suspect; with `proofOfLife` set, so is one that showed no progress for that long, because a frozen
/// engine can show no work at all (recorded for vLLM). A suspect is asked for one token. When none comes the engine is
/// frozen, whatever its health says, until tokens move, a later proof passes, or its process is another.
struct LifeWatch: Hashable, Sendable {
  /// What one probe told.
  struct Signs: Hashable, Sendable {
    /// Whether counters moved; nil where none were told.
    var hasProgressed: Bool?
    var isRestarted = false
    /// Requests; nil where the engine tells none.
    var inFlight: Double?
    var proof: Proof?
  }

  /// How long an engine that did not take the question is not asked again.
  static let patience: Duration = .seconds(300)

  /// Why it is held to be frozen; nil while it is not.
  private(set) var frozen: String?
  /// Whether that was found out by a process before this one.
  private var isRemembered = false
  /// Since when there has been work without progress.
  private var stalledSince: Duration?
  private var lastSign: Duration
  /// Not to be asked before.
  private var notBefore: Duration = .zero
  /// Proofs in a row that failed.
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

  mutating func see(_ signs: Signs, at up: Duration, _ settings: ProbeSettings) {
    if signs.isRestarted || signs.hasProgressed == true || signs.proof == .passed { return live(at: up) }
    if let inFlight = signs.inFlight {
      stalledSince = inFlight > 0 ? stalledSince ?? up : nil
    }
    switch signs.proof {
    case .failed(let reason):
      // The first reason stays: that it is still so is no news.
      frozen = frozen ?? "frozen: " + reason
      isRemembered = false
      notBefore = up + settings.backOff(doublings: failures)
      failures += 1
    case .unclear:
      notBefore = up + Self.patience
      // It may be another engine by now, which cannot be asked.
      if isRemembered { frozen = nil }
    case .passed, nil:
      break
    }
  }

  private mutating func live(at up: Duration) {
    let isToldUnclear = frozen == nil && notBefore > up
    self = LifeWatch(at: up, notBefore: isToldUnclear ? notBefore : .zero)
  }

  private init(at up: Duration, notBefore: Duration) {
    self.init(at: up)
    self.notBefore = notBefore
  }

  /// Whether it is to be asked for a token now.
  func wantsProof(at up: Duration, _ settings: ProbeSettings) -> Bool {
    guard up >= notBefore else { return false }
    if frozen != nil { return true }
    if let stalledSince, up - stalledSince >= settings.stallAfter { return true }
    // Work in flight has the longer patience.
    guard stalledSince == nil, let interval = settings.proofOfLife else { return false }
    return up - lastSign >= interval
  }
}
