package import Catalog

/// The known state of one engine, and the consequences of each probe. A value without I/O: time is an argument.
///
/// To leave READY or LOADING takes `fall` failures in a row (one if the connection was refused, or the engine itself
/// reported that it does not serve); to come back takes `rise` good answers. An engine that takes no requests now, or is
/// busy, keeps its state for `holdLimit`. An engine that has not answered since its first contact is known, UNREACHABLE
/// and without models. An engine that is in the store starts from there: its first failure is believed at once, because
/// its stored facts are old already.
package struct EngineTracker: Sendable {
  package internal(set) var spec: EngineSpec
  let settings: ProbeSettings

  /// The facts as the catalog has them; nil before the first contact and after forgetting.
  package internal(set) var facts: EngineFacts?
  /// The models as the catalog has them; nil until the engine listed them.
  var models: [ReplicaFacts]?
  /// The last finding of probes alone; nil before the first contact and after forgetting.
  var probed: Found?
  /// The source that no longer names the engine, while its removal is pending; nil: none is pending.
  var pendingRemoval: SourceID?

  /// The kind that its answers showed last; nil: none yet, or another engine may be there.
  var detected: EngineKind?
  /// Whether its health has answered well, in this process.
  var knowsHealth = false
  var needsVersion = true
  /// Failed probes in a row.
  var failures = 0
  /// Probes that this process could not make.
  var blindness = Blindness()
  var successes = 0
  /// Refusals while only the source knows the key.
  var keylessRefusals = 0
  /// Whether it has served since it started, as far as that is known.
  var hasServed = false
  var isAsleep = false
  var work = WorkMemory()
  var unconfirmed = Unconfirmed()
  var hold = Hold()
  /// nil until it serves for the first time.
  var life: LifeWatch?
  /// The proof of life that the next probe is to make; nil: none.
  private var proof: ProofRequest?
  /// Paths that it does not have, and until when they are not requested.
  private var missing: [String: Duration] = [:]
  private var doublings = 0
  /// Since when it is UNREACHABLE, by the forget clock; nil while it is not.
  var unreachableSince: Duration?
  var isForgotten = false
  /// Whether it has ever answered, in this process.
  private(set) var hasAnswered = false
  /// Whether a probe of it was made, or tried, in this process.
  private(set) var isAsked = false
  /// Why its last probe brought no good answer; nil when it did, and before the first.
  private(set) var problem: String?

  /// A finding of probes: the state of the engine, and why.
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
    // So its health was known as its own.
    knowsHealth = found.cause == .unhealthy
    let isSameAddress = known.facts.endpoint == spec.url.description
    detected = isSameAddress ? EngineKind(rawValue: known.facts.kind) : nil
    failures = settings.fall - 1
    hasServed = condition.state != .unreachable && condition.state != .loading
  }

  /// The last finding of probes, as far as the store shows it.
  private static func found(_ facts: EngineFacts, _ spec: EngineSpec) -> Found {
    let condition = facts.condition
    // The source reports its hint again, so the hint is no finding.
    if spec.explains(condition) {
      // The reason of an engine that was not probed is the source's text alone.
      let finding = facts.reasonParts?.finding ?? ""
      return switch condition.cause {
      case .cannotStart, .evicted: Found(.unreachable, .noAnswer, finding)
      // The engine may never have served: it is not READY before a probe finds it so.
      case .starting: Found(.loading, .loading, finding)
      default: Found(.ready)
      }
    }
    // An engine that serves has no reason of its own, except what its list lacks.
    guard condition.state != .ready else {
      let parts = facts.reasonParts
      return Found(.ready, .none, parts?.findingCause == StateCause.none ? parts?.finding ?? "" : "")
    }
    guard let parts = facts.reasonParts else { return Found(condition.state, condition.cause, condition.reason) }
    let reason = ReasonParts(finding: parts.finding, hint: parts.hint).text
    return Found(condition.state, parts.findingCause == .none ? condition.cause : parts.findingCause, reason)
  }

  /// nil before the first contact and after forgetting.
  package var state: ModelState? { facts?.condition.state }

  /// Whether it is UNREACHABLE or forgotten: it did not answer its last probe.
  var isUnreachable: Bool { state == .unreachable || isForgotten }

  /// The next probe to be made.
  package var request: ProbeRequest {
    var request = ProbeRequest(
      spec: spec, detected: detected, wantsVersion: needsVersion, skipping: Set(missing.keys), proof: proof,
      timeout: spec.timeout ?? settings.timeout)
    request.knowsHealth = knowsHealth
    request.modelLimit = settings.modelLimit
    return request
  }

  /// The consequences of a probe.
  package struct Settled: Sendable {
    /// The observation for the catalog; nil if nothing changed.
    package var observation: Observation?
    /// The time until the next probe, before jitter.
    package var delay: Duration
    package var change: StateChange?
    /// The engine's load; nil when the probe brought none.
    package var load: EngineLoad?
    /// When `endHold` is to be called, since the fleet's start; nil: not at all.
    package var holdEnd: Duration?
    /// Why the engine's metrics give no readings; nil: they do, or it was noted before.
    package var metricsProblem: String?
  }

  /// Takes the outcome of a probe. `forgetting` is the time of the forget clock.
  package mutating func settle(_ outcome: ProbeOutcome, at now: Moment, forgetting: Duration) -> Settled {
    (isAsked, problem) = (true, outcome.problem)
    if case .ownFailure(let failure) = outcome { return missed(failure, at: now, forgetting: forgetting) }
    let before = state
    let wasSuspect = proof != nil
    proof = nil
    hasAnswered = hasAnswered || outcome.isAnswer
    let load = outcome.report.flatMap { take($0, at: now) }
    // An engine is not forgotten for time in which it was not probed.
    let (blind, isNews) = blindness.end(forgetting: forgetting)
    unreachableSince = unreachableSince.map { $0 + blind }
    let observation =
      judge(outcome, at: now, forgetting: forgetting) ?? (isNews ? refresh(at: now.wall) : nil)
    // An engine that takes no requests now would take no proof either.
    if case .notNow = outcome {} else { suspect(outcome.report, at: now.up) }
    if state != nil, state != .unreachable {
      unreachableSince = nil
      isForgotten = false
      doublings = 0
    }
    // A new suspect is probed at once; later proofs come with the probes that are due anyway.
    let delay = proof != nil && !wasSuspect ? .zero : delay(after: outcome, at: now.up, forgetting: forgetting)
    return Settled(
      observation: observation, delay: delay, change: change(from: before), load: load, holdEnd: hold.end(settings),
      metricsProblem: work.takeMetricsProblem())
  }

  /// Ends a hold whose time has come, without a probe. Returns nil when there is none.
  mutating func endHold(at now: Moment) -> (observation: Observation?, change: StateChange?)? {
    // While this process cannot probe, nothing is known of the engine.
    guard let reason = hold.reason, let end = hold.end(settings), now.up >= end, blindness.shown == nil else {
      return nil
    }
    let before = state
    return (lose(Found(.unreachable, reason.cause, reason.text), at: now.wall), change(from: before))
  }

  /// Takes the report's facts beside the models; returns the engine's load, nil when none is known.
  private mutating func take(_ report: EngineReport, at now: Moment) -> EngineLoad? {
    missing = missing.filter { $0.value > now.up }
    if facts?.kind != report.kind.rawValue { knowsHealth = false }
    knowsHealth = knowsHealth || report.hasHealth
    detected = report.kind
    for path in report.missing { missing[path] = now.up + ProbeSettings.missingPatience }
    // What was known of the life of one engine is nothing to another.
    if let known = facts?.kind, !known.isEmpty, known != report.kind.rawValue { (life, isAsleep) = (nil, false) }
    let reading = work.read(report, spec, at: now)
    if let sleeps = reading.isAsleep { isAsleep = sleeps }
    // What its metrics said long ago does not hold for ever.
    if work.probesWithoutMetrics >= max(2, settings.fall) { isAsleep = false }
    if reading.signs.isRestarted {
      needsVersion = true
      missing = [:]
    }
    life?.observe(reading.signs, at: now.up, settings)
    return reading.load
  }

  /// Decides whether the next probe requests a proof of life, and of which models.
  private mutating func suspect(_ report: EngineReport?, at up: Duration) {
    guard let life, canProve, life.wantsProof(at: up, settings) else { return }
    let able = report?.models.filter { ($0.state ?? .ready) == .ready } ?? []
    let models = able.filter { $0.facts.kind == .base } + able.filter { $0.facts.kind != .base }
    guard !models.isEmpty else { return }
    proof = ProofRequest(
      modelIDs: models.prefix(ProbeSettings.proofModels).map(\.facts.modelID), task: life.task,
      timeout: spec.proofTimeout ?? settings.proofTimeout, isRetry: life.frozen != nil)
  }

  /// Whether a proof of life may be requested: it would wake an engine that sleeps, and an engine that ends is idle by
  /// intent.
  private var canProve: Bool { !isAsleep && !spec.isEnding && (probed?.state == .ready || life?.frozen != nil) }

  private mutating func delay(after outcome: ProbeOutcome, at up: Duration, forgetting: Duration) -> Duration {
    if case .notNow(_, let wait?, _) = outcome { return max(settings.interval, min(wait, ProbeSettings.longestWait)) }
    switch (probed?.state, outcome) {
    case (.unreachable, .down(_, let isRefused, _)), (nil, .down(_, let isRefused, _)):
      let delay = settings.backOff(doublings: doublings, isRefused: isRefused)
      doublings += 1
      let left = unreachableSince.map { settings.forgetAfter - (forgetting - $0) } ?? .zero
      return left > .zero ? min(delay, max(left, settings.confirmation)) : delay
    case (.unreachable, .notNow), (nil, .notNow): return settings.interval
    case (.unreachable, _), (nil, _): return settings.confirmation
    case (.failed, _): return successes == 0 ? settings.interval : settings.confirmation
    case (.loading, .loading), (.loading, .unhealthy): return settings.loadingInterval
    default:
      let isDoubtful = failures > 0 && hold.reason == nil || unconfirmed.isDoubtful
      let delay = isDoubtful ? settings.confirmation : settings.interval
      // A suspect is found on time, not with the probe after.
      let proof = canProve ? life?.due(settings).map { $0 - up } : nil
      return proof.map { $0 > .zero ? min(delay, max($0, .milliseconds(100))) : delay } ?? delay
    }
  }

  /// Starts over for another address, kind or key: what is known of the engine is dropped, except its models, until the
  /// next probe reports. With another key alone it is still the same process.
  mutating func startOver(isSameProcess: Bool) {
    (detected, knowsHealth) = (nil, false)
    needsVersion = true
    (failures, successes, doublings) = (0, 0, 0)
    hold.release()
    blindness = Blindness()
    (proof, missing) = (nil, [:])
    guard !isSameProcess else { return }
    (isForgotten, unreachableSince) = (false, nil)
    isAsleep = false
    (work, life, unconfirmed) = (WorkMemory(), nil, Unconfirmed())
  }
}
