package import Catalog
import Scrape

/// What is known of one engine, and what follows from each probe of it. A value without I/O: time is an argument.
///
/// To leave READY or LOADING takes `fall` failures in a row (one if the connection was refused, or the engine said
/// itself that it does not serve); to come back takes `rise` good answers. An engine that was silent from its first
/// contact on is known, UNREACHABLE and without models. One that the store remembers starts from what is stored: its
/// first failure is believed at once, because what was known of it is old already.
package struct EngineTracker: Sendable {
  package internal(set) var spec: EngineSpec
  let settings: ProbeSettings

  /// The facts as the catalog was told last; nil before the first contact and after forgetting.
  package internal(set) var facts: EngineFacts?
  /// The models as told last; nil until the engine named them.
  var models: [ReplicaFacts]?
  /// What probes alone found last; nil before the first contact and after forgetting.
  var probed: Found?
  /// The source that no longer names the engine, while that is not believed.
  var doubt: SourceID?

  var detected: EngineKind?
  var needsVersion = true
  /// In a row.
  private var failures = 0
  private var successes = 0
  /// Whether it was well since it started, as far as that is known.
  private var hasServed = false
  private var isAsleep = false
  private var meter = Meter()
  /// Whether it was ever told what it does.
  private var hasTold = false
  /// Probes in a row without metrics.
  private var silentProbes = 0
  /// nil until it is well for the first time.
  private var life: LifeWatch?
  /// The proof that the next probe is to bring.
  private var proof: ProofRequest?
  /// Paths that it does not have, and until when they are not asked for.
  private var missing: [String: Duration] = [:]
  private var doublings = 0
  /// Since when it is UNREACHABLE, by the clock that forgets.
  private var silentSince: Duration?
  private var isForgotten = false

  /// What probes found an engine to be, and why.
  struct Found: Sendable {
    var state: ModelState
    var cause: StateCause
    var reason: String

    init(_ state: ModelState, _ cause: StateCause = .none, _ reason: String = "") {
      self.state = state
      self.cause = cause
      self.reason = reason
    }
  }

  package init(_ spec: EngineSpec, settings: ProbeSettings, known: KnownEngine? = nil) {
    self.spec = spec
    self.settings = settings
    guard let known else { return }
    facts = known.facts
    models = known.models.sorted { $0.modelID.utf8.lexicographicallyPrecedes($1.modelID.utf8) }
    let condition = known.facts.condition
    let found = Self.found(known.facts, spec)
    probed = found
    if found.state == .failed, found.cause == .frozen { life = LifeWatch(frozen: found.reason) }
    isAsleep = found.state == .cold && found.cause == .asleep
    let isSameAddress = known.facts.endpoint == spec.url.description
    detected = isSameAddress && condition.state != .unreachable ? EngineKind(rawValue: known.facts.kind) : nil
    failures = settings.fall - 1
    hasServed = condition.state != .unreachable && condition.state != .loading
  }

  /// What probes had found, as far as the store knows.
  private static func found(_ facts: EngineFacts, _ spec: EngineSpec) -> Found {
    let condition = facts.condition
    // What the source said of it, it says again.
    if spec.said(condition) {
      // The reason of an engine that was not probed is the source's text alone.
      let finding = facts.reasonParts?.finding ?? ""
      return switch condition.cause {
      case .cannotStart, .evicted: Found(.unreachable, .noAnswer, finding)
      // It may never have served: it is not READY before a probe says so.
      case .starting: Found(.loading, .loading, finding)
      default: Found(.ready)
      }
    }
    // An engine that serves has no reason of its own.
    guard condition.state != .ready else { return Found(.ready) }
    guard let parts = facts.reasonParts else { return Found(condition.state, condition.cause, condition.reason) }
    let reason = ReasonParts(finding: parts.finding, hint: parts.hint).text
    return Found(condition.state, parts.findingCause == .none ? condition.cause : parts.findingCause, reason)
  }

  /// nil before the first contact and after forgetting.
  package var state: ModelState? { facts?.condition.state }

  /// Whether it did not answer when it was last asked.
  var isSilent: Bool { state == .unreachable || isForgotten }

  /// The next probe to be made.
  package var request: ProbeRequest {
    ProbeRequest(
      spec: spec, detected: detected, wantsVersion: needsVersion, skipping: Set(missing.keys), proof: proof,
      timeout: settings.timeout)
  }

  /// What follows from a probe.
  package struct Settled: Sendable {
    /// At most one, and none if nothing changed.
    package var observation: Observation?
    /// Until the next probe, before jitter.
    package var delay: Duration
    package var change: StateChange?
    /// What it does now, where the probe told.
    package var load: EngineLoad?
  }

  /// `forgetting` is what the clock that forgets shows.
  package mutating func settle(_ outcome: ProbeOutcome, at now: Moment, forgetting: Duration) -> Settled {
    let before = state
    let wasSuspect = proof != nil
    proof = nil
    let load = outcome.report.flatMap { take($0, at: now) }
    let observation = judge(outcome, at: now, forgetting: forgetting)
    suspect(outcome.report, at: now.up)
    if state != nil, state != .unreachable {
      silentSince = nil
      isForgotten = false
      doublings = 0
    }
    var change: StateChange?
    if before != state {
      change = StateChange(
        engineID: spec.id, from: before, to: state, reason: facts?.condition.reason ?? "silent for too long")
    }
    // A suspect is asked at once; later proofs come with the probes that are made anyway.
    let delay = proof != nil && !wasSuspect ? .zero : delay(after: outcome, forgetting: forgetting)
    return Settled(observation: observation, delay: delay, change: change, load: load)
  }

  /// Takes what it told beside its models; returns what it does now.
  private mutating func take(_ report: EngineReport, at now: Moment) -> EngineLoad? {
    missing = missing.filter { $0.value > now.up }
    for path in report.missing { missing[path] = now.up + ProbeSettings.missingPatience }
    let measured = report.scrape.map { meter.read($0, at: now.wall, up: now.up) }
    if let measured {
      isAsleep = measured.isAsleep ?? false
      if measured.isRestarted {
        needsVersion = true
        missing = [:]
      }
    }
    var signs = LifeWatch.Signs()
    signs.hasProgressed = measured?.hasProgressed
    signs.isRestarted = measured?.isRestarted ?? false
    signs.inFlight = [measured?.inFlight, report.serverLoad].compactMap(\.self).max()
    signs.proof = report.proof
    life?.see(signs, at: now.up, settings)
    var load = measured?.load
    silentProbes = measured == nil ? silentProbes + 1 : 0
    for (id, resources) in report.resources {
      load = load ?? EngineLoad()
      load?.models[id, default: ModelLoad()].resources.merge(resources) { $1 }
    }
    // What was told long ago is not what it does now.
    if silentProbes == 2 || (!hasTold && !spec.resources.isEmpty) { load = load ?? EngineLoad() }
    hasTold = hasTold || load != nil
    load?.resources.merge(spec.resources) { $1 }
    return load
  }

  /// Whether the next probe is to bring a proof of life, from whom.
  private mutating func suspect(_ report: EngineReport?, at up: Duration) {
    // What sleeps would wake, and what ends is idle by intent.
    guard !isAsleep, !spec.isEnding, probed?.state == .ready || life?.frozen != nil,
      life?.wantsProof(at: up, settings) == true
    else { return }
    let able = report?.models.filter { ($0.state ?? .ready) == .ready } ?? []
    guard let model = able.first(where: { $0.facts.kind == .base }) ?? able.first else { return }
    proof = ProofRequest(modelID: model.facts.modelID, timeout: settings.proofTimeout)
  }

  private mutating func judge(_ outcome: ProbeOutcome, at now: Moment, forgetting: Duration) -> Observation? {
    let wall = now.wall
    switch outcome {
    case .healthy(let report):
      failures = 0
      if isAsleep { life = nil }
      if let frozen = life?.frozen {
        successes = 0
        return answered(Found(.failed, .frozen, frozen), report, at: wall)
      }
      successes += 1
      let wasAway = probed?.state == .unreachable || probed?.state == .failed
      guard !wasAway || successes >= settings.rise else { return nil }
      hasServed = true
      life = life ?? LifeWatch(at: now.up)
      return answered(isAsleep ? Found(.cold, .asleep, "asleep") : Found(.ready), report, at: wall)
    case .loading(let reason, let report):
      (failures, successes) = (0, 0)
      hasServed = false
      return answered(Found(.loading, .loading, reason), report, at: wall)
    case .draining(let reason, let report):
      (failures, successes) = (0, 0)
      return answered(Found(.draining, .draining, reason), report, at: wall)
    case .unhealthy(let reason, let report):
      (failures, successes) = (0, 0)
      // A dead worker's list says nothing new.
      return hasServed
        ? become(Found(.failed, .unhealthy, reason), at: wall)
        : answered(Found(.loading, .loading, reason), report, at: wall)
    case .refused(let reason):
      (failures, successes) = (0, 0)
      return become(Found(.failed, .keyRefused, reason), at: wall)
    case .broken(let reason):
      return hasFallen(isCertain: false) ? become(Found(.failed, .malformed, reason), at: wall) : nil
    case .down(let reason, let isCertain, let cause):
      guard hasFallen(isCertain: isCertain), !isForgotten else { return nil }
      let since = silentSince ?? forgetting
      guard forgetting - since < settings.forgetAfter || spec.isHeld else { return forget() }
      silentSince = since
      // What answers there when it comes back may be another engine.
      detected = nil
      needsVersion = true
      isAsleep = false
      // What cannot have been a lost packet is another process when it comes back.
      if isCertain { (hasServed, life) = (false, nil) }
      // The first reason stays: clients need not hear of each way in which nobody answers.
      let first = probed.flatMap { $0.state == .unreachable ? $0 : nil }
      return become(first ?? Found(.unreachable, cause, reason), at: wall)
    }
  }

  /// Counts a failure; whether there were enough of them to believe it.
  private mutating func hasFallen(isCertain: Bool) -> Bool {
    failures += 1
    successes = 0
    let wasServing = probed.map { $0.state != .unreachable && $0.state != .failed } ?? false
    return !wasServing || isCertain || failures >= settings.fall
  }

  private mutating func forget() -> Observation {
    facts = nil
    models = nil
    probed = nil
    (hasServed, life) = (false, nil)
    isForgotten = true
    silentSince = nil
    return .forgotten(engineID: spec.id)
  }

  private mutating func delay(after outcome: ProbeOutcome, forgetting: Duration) -> Duration {
    switch (probed?.state, outcome) {
    case (.unreachable, .down), (nil, .down):
      let delay = settings.backOff(doublings: doublings)
      doublings += 1
      let left = silentSince.map { settings.forgetAfter - (forgetting - $0) } ?? .zero
      return left > .zero ? min(delay, max(left, settings.confirmation)) : delay
    case (.unreachable, _), (nil, _):
      return settings.confirmation
    case (.failed, _):
      return successes == 0 ? settings.interval : settings.confirmation
    default:
      return failures == 0 ? settings.interval : settings.confirmation
    }
  }

  /// Another address, kind or key: what was learned of the engine counts no more, except what it serves, until the next
  /// probe tells. With another key alone it is still the same process.
  mutating func startOver(isSameProcess: Bool) {
    detected = nil
    needsVersion = true
    (failures, successes, doublings) = (0, 0, 0)
    isForgotten = false
    silentSince = nil
    (proof, missing) = (nil, [:])
    guard !isSameProcess else { return }
    isAsleep = false
    (meter, life) = (Meter(), nil)
  }
}
