/// Watches whether an engine that answers also works. A value: time is an argument, since the fleet's start.
///
/// Token counters that move prove it at no cost. An engine that shows work in flight while they stand still for
/// `stallAfter` is suspect. With `proofOfLife` set, so is one without progress for that long, because a frozen engine
/// can show no work at all (recorded for vLLM). A suspect gets a small request. When it stays without an answer the
/// engine is frozen, whatever its health reports, until tokens move, a later proof passes, or its process is another.
/// An answer that proves nothing changes nothing, and the engine is asked again as if it had just become idle or busy.
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

  /// Why it counts as frozen; nil while it does not.
  private(set) var frozen: String?
  /// The task that the engine did last; nil when it did none yet.
  private(set) var task: ProofTask?
  /// Since when there has been work without progress; nil while there is none.
  private var stalledSince: Duration?
  private var lastSign: Duration
  /// No proof is requested of a frozen engine before this time.
  private var notBefore: Duration = .zero
  /// Proofs in a row that did not pass while the engine counted as frozen.
  private var failures = 0

  /// Begins to watch an engine at a time since the fleet's start. `isBusy`: whether it has requests in flight by then.
  init(at up: Duration, isBusy: Bool = false) {
    lastSign = up
    // Whatever stands still from now on does so since now, not since a later probe finds it.
    if isBusy { stalledSince = up }
  }

  /// Goes on with an engine that the store remembers as frozen, and why.
  init(frozen reason: String) {
    self.init(at: .zero)
    frozen = reason
  }

  mutating func observe(_ signs: Signs, at up: Duration, _ settings: ProbeSettings) {
    let isBusy = signs.inFlight.map { $0 > 0 }
    if case .passed(let done) = signs.proof { task = done }
    if signs.isRestarted || signs.hasProgressed == true || signs.proof.map(\.isPass) == true {
      let task = task
      self = LifeWatch(at: up, isBusy: isBusy == true)
      self.task = task
      return
    }
    if let isBusy { stalledSince = isBusy ? stalledSince ?? up : nil }
    switch signs.proof {
    case .failed(let reason):
      // The first reason stays: a repeated failure is no change.
      frozen = frozen ?? "frozen: " + reason
      retry(after: up, settings)
    case .unclear:
      if frozen != nil { return retry(after: up, settings) }
      lastSign = up
      if stalledSince != nil { stalledSince = up }
    case .passed, nil:
      break
    }
  }

  private mutating func retry(after up: Duration, _ settings: ProbeSettings) {
    notBefore = up + settings.backOff(doublings: failures)
    failures += 1
  }

  /// When the engine is to be asked for a proof, if nothing moves until then; nil: never for that alone.
  func due(_ settings: ProbeSettings) -> Duration? {
    if frozen != nil { return notBefore }
    // Work in flight is judged by `stallAfter` alone.
    if let stalledSince { return stalledSince + settings.stallAfter }
    return settings.proofOfLife.map { lastSign + $0 }
  }

  /// Whether the next probe is to request a proof.
  func wantsProof(at up: Duration, _ settings: ProbeSettings) -> Bool {
    due(settings).map { up >= $0 } ?? false
  }
}

extension Proof {
  fileprivate var isPass: Bool {
    if case .passed = self { true } else { false }
  }
}
