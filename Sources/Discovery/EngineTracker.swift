package import Catalog

/// What is known of one engine, and what follows from each probe of it. A value without I/O: time is an argument.
///
/// To leave READY or LOADING takes `fall` failures in a row (one if the connection was refused, or the engine said
/// itself that it does not serve); to come back takes `rise` good answers. An engine that was silent from its first
/// contact on is known, UNREACHABLE and without models. One that the store remembers starts from what is stored: its
/// first failure is believed at once, because what was known of it is old already.
package struct EngineTracker: Sendable {
  package internal(set) var spec: EngineSpec
  let settings: ProbeSettings

  /// The facts as the catalogue was told last; nil before the first contact and after forgetting.
  package internal(set) var facts: EngineFacts?
  /// The models as told last; nil until the engine named them.
  var models: [ReplicaFacts]?
  /// Why the state is what it is, by the probes alone.
  var reason = ""
  /// What the engine's source gives to think of; empty mostly.
  var doubt = ""

  var detected: EngineKind?
  var needsVersion = true
  /// In a row.
  private var failures = 0
  private var successes = 0
  /// Whether it was well since it started, as far as that is known.
  private var hasServed = false
  private var doublings = 0
  /// Since when it is UNREACHABLE, by the clock that forgets.
  private var silentSince: Duration?
  private var isForgotten = false

  package init(_ spec: EngineSpec, settings: ProbeSettings, known: KnownEngine? = nil) {
    self.spec = spec
    self.settings = settings
    guard let known else { return }
    facts = known.facts
    models = known.models.sorted { $0.modelID.utf8.lexicographicallyPrecedes($1.modelID.utf8) }
    let condition = known.facts.condition
    // An engine that serves has no reason of its own.
    reason = condition.state == .ready ? "" : SourceDoubt.removed(from: condition.reason)
    let isSameAddress = known.facts.endpoint == spec.url.description
    detected = isSameAddress && condition.state != .unreachable ? EngineKind(rawValue: known.facts.kind) : nil
    failures = settings.fall - 1
    hasServed = condition.state != .unreachable && condition.state != .loading
  }

  /// nil before the first contact and after forgetting.
  package var state: ModelState? { facts?.condition.state }

  /// Whether it did not answer when it was last asked.
  var isSilent: Bool { state == .unreachable || isForgotten }

  /// The next probe to be made.
  package var request: ProbeRequest {
    ProbeRequest(spec: spec, detected: detected, wantsVersion: needsVersion, timeout: settings.timeout)
  }

  /// What follows from a probe.
  package struct Settled: Sendable {
    /// At most one, and none if nothing changed.
    package var observation: Observation?
    /// Until the next probe, before jitter.
    package var delay: Duration
    package var change: StateChange?
  }

  /// `forgetting` is what the clock that forgets shows.
  package mutating func settle(_ outcome: ProbeOutcome, at wall: Timestamp, forgetting: Duration) -> Settled {
    let before = state
    let observation = judge(outcome, at: wall, forgetting: forgetting)
    if state != nil, state != .unreachable {
      silentSince = nil
      isForgotten = false
      doublings = 0
    }
    var change: StateChange?
    if before != state {
      change = StateChange(engineID: spec.id, from: before, to: state, reason: facts?.condition.reason ?? reason)
    }
    return Settled(observation: observation, delay: delay(after: outcome, forgetting: forgetting), change: change)
  }

  private mutating func judge(_ outcome: ProbeOutcome, at wall: Timestamp, forgetting: Duration) -> Observation? {
    switch outcome {
    case .healthy(let report):
      failures = 0
      successes += 1
      let wasAway = state == .unreachable || state == .failed
      guard !wasAway || successes >= settings.rise else { return nil }
      hasServed = true
      return answered(.ready, "", report, at: wall)
    case .loading(let reason, let report):
      (failures, successes) = (0, 0)
      hasServed = false
      return answered(.loading, reason, report, at: wall)
    case .draining(let reason, let report):
      (failures, successes) = (0, 0)
      return answered(.draining, reason, report, at: wall)
    case .unhealthy(let reason, let report):
      (failures, successes) = (0, 0)
      // A dead worker's list says nothing new.
      return hasServed ? become(.failed, reason, at: wall) : answered(.loading, reason, report, at: wall)
    case .refused(let reason):
      (failures, successes) = (0, 0)
      return become(.failed, reason, at: wall)
    case .broken(let reason):
      return hasFallen(isCertain: false) ? become(.failed, reason, at: wall) : nil
    case .down(let reason, let isCertain):
      guard hasFallen(isCertain: isCertain), !isForgotten else { return nil }
      let since = silentSince ?? forgetting
      guard forgetting - since < settings.forgetAfter else { return forget() }
      silentSince = since
      // What answers there when it comes back may be another engine.
      detected = nil
      needsVersion = true
      hasServed = false
      // The first reason stays: clients need not hear of each way in which nobody answers.
      return become(.unreachable, state == .unreachable ? self.reason : reason, at: wall)
    }
  }

  /// Counts a failure; whether there were enough of them to believe it.
  private mutating func hasFallen(isCertain: Bool) -> Bool {
    failures += 1
    successes = 0
    let wasServing = state == .ready || state == .loading
    return !wasServing || isCertain || failures >= settings.fall
  }

  private mutating func forget() -> Observation {
    facts = nil
    models = nil
    isForgotten = true
    silentSince = nil
    reason = "silent for too long"
    return .forgotten(engineID: spec.id)
  }

  private mutating func delay(after outcome: ProbeOutcome, forgetting: Duration) -> Duration {
    switch (state, outcome) {
    case (.unreachable, .down), (nil, .down):
      let delay = settings.backOff(doublings: doublings)
      doublings += 1
      let left = silentSince.map { settings.forgetAfter - (forgetting - $0) } ?? .zero
      return left > .zero ? min(delay, max(left, settings.confirmation)) : delay
    case (.failed, _):
      return successes == 0 ? settings.interval : settings.confirmation
    case (.ready, _), (.loading, _):
      return failures == 0 ? settings.interval : settings.confirmation
    default:
      return settings.confirmation
    }
  }

  /// Another address, kind or key: what was learned of the engine counts no more, except what it serves, until the next
  /// probe tells.
  mutating func startOver() {
    detected = nil
    needsVersion = true
    (failures, successes, doublings) = (0, 0, 0)
    isForgotten = false
    silentSince = nil
  }
}
