package import Catalog
import Scrape

/// The known state of one engine, and the consequences of each probe. A value without I/O: time is an argument.
///
/// To leave READY or LOADING takes `fall` failures in a row (one if the connection was refused, or the engine itself
/// reported that it does not serve); to come back takes `rise` good answers. An engine that has not answered since its
/// first contact is known, UNREACHABLE and without models. An engine that is in the store starts from there: its first
/// failure is believed at once, because its stored facts are old already.
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

  var detected: EngineKind?
  var needsVersion = true
  /// Failed probes in a row.
  private var failures = 0
  /// Probes that this process could not make.
  var blindness = Blindness()
  private var successes = 0
  /// Refusals while only the source knows the key.
  private var keylessRefusals = 0
  /// Whether it has served since it started, as far as that is known.
  private var hasServed = false
  private var isAsleep = false
  private var meter = Meter()
  /// Whether a load was ever reported.
  private var hasReportedLoad = false
  /// Probes in a row without metrics.
  private var probesWithoutMetrics = 0
  /// nil until it serves for the first time.
  private var life: LifeWatch?
  /// The proof of life that the next probe is to make; nil: none.
  private var proof: ProofRequest?
  /// Paths that it does not have, and until when they are not requested.
  private var missing: [String: Duration] = [:]
  private var doublings = 0
  /// Since when it is UNREACHABLE, by the forget clock; nil while it is not.
  private var unreachableSince: Duration?
  private var isForgotten = false
  /// Whether it has ever answered, in this process.
  private(set) var hasAnswered = false

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
    let isSameAddress = known.facts.endpoint == spec.url.description
    detected = isSameAddress && condition.state != .unreachable ? EngineKind(rawValue: known.facts.kind) : nil
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
    // An engine that serves has no reason of its own.
    guard condition.state != .ready else { return Found(.ready) }
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
    ProbeRequest(
      spec: spec, detected: detected, wantsVersion: needsVersion, skipping: Set(missing.keys), proof: proof,
      timeout: settings.timeout)
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
  }

  /// Takes the outcome of a probe. `forgetting` is the time of the forget clock.
  package mutating func settle(_ outcome: ProbeOutcome, at now: Moment, forgetting: Duration) -> Settled {
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
    suspect(outcome.report, at: now.up)
    if state != nil, state != .unreachable {
      unreachableSince = nil
      isForgotten = false
      doublings = 0
    }
    // A new suspect is probed at once; later proofs come with the probes that are due anyway.
    let delay = proof != nil && !wasSuspect ? .zero : delay(after: outcome, forgetting: forgetting)
    return Settled(observation: observation, delay: delay, change: change(from: before), load: load)
  }

  /// Takes the report's facts beside the models; returns the engine's load, nil when none is known.
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
    life?.observe(signs, at: now.up, settings)
    var load = measured?.load
    probesWithoutMetrics = measured == nil ? probesWithoutMetrics + 1 : 0
    for (id, resources) in report.resources {
      load = load ?? EngineLoad()
      load?.models[id, default: ModelLoad()].resources.merge(resources) { $1 }
    }
    // An old load is not the current one: the second probe without metrics clears it.
    if probesWithoutMetrics == 2 || (!hasReportedLoad && !spec.resources.isEmpty) { load = load ?? EngineLoad() }
    hasReportedLoad = hasReportedLoad || load != nil
    load?.resources.merge(spec.resources) { $1 }
    return load
  }

  /// Decides whether the next probe requests a proof of life, and of which model.
  private mutating func suspect(_ report: EngineReport?, at up: Duration) {
    // A proof would wake an engine that sleeps, and an engine that ends is idle by intent.
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
      (failures, keylessRefusals) = (0, 0)
      if isAsleep { life = nil }
      if let frozen = life?.frozen {
        successes = 0
        return answered(Found(.failed, .frozen, frozen), report, at: wall)
      }
      successes += 1
      let wasAway = isForgotten || probed?.state == .unreachable || probed?.state == .failed
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
      // The list of an engine with a dead worker is not news.
      return hasServed
        ? become(Found(.failed, .unhealthy, reason), at: wall)
        : answered(Found(.loading, .loading, reason), report, at: wall)
    case .refused(let reason):
      (failures, successes) = (0, 0)
      // Its source, which has not answered since the start, may have the right key.
      if spec.isKeyUnknown {
        keylessRefusals += 1
        if keylessRefusals < settings.fall { return nil }
      }
      return become(Found(.failed, .keyRefused, reason), at: wall)
    case .broken(let reason):
      return hasFallen(isCertain: false) ? become(Found(.failed, .malformed, reason), at: wall) : nil
    case .ownFailure: return nil
    case .down(let reason, let isCertain, let cause):
      guard hasFallen(isCertain: isCertain), !isForgotten else { return nil }
      let since = unreachableSince ?? forgetting
      guard forgetting - since < settings.forgetAfter || spec.isHeld else { return forget() }
      unreachableSince = since
      // The engine that answers there next may be of another kind.
      detected = nil
      needsVersion = true
      isAsleep = false
      // A refused connection means that the process has ended: the next one is another.
      if isCertain { (hasServed, life) = (false, nil) }
      // The first reason stays: clients do not need every way in which the engine does not answer.
      let first = probed.flatMap { $0.state == .unreachable ? $0 : nil }
      return become(first ?? Found(.unreachable, cause, reason), at: wall)
    }
  }

  /// Counts a failure; returns whether there were enough of them to believe it.
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
    unreachableSince = nil
    return .forgotten(engineID: spec.id)
  }

  private mutating func delay(after outcome: ProbeOutcome, forgetting: Duration) -> Duration {
    switch (probed?.state, outcome) {
    case (.unreachable, .down), (nil, .down):
      let delay = settings.backOff(doublings: doublings)
      doublings += 1
      let left = unreachableSince.map { settings.forgetAfter - (forgetting - $0) } ?? .zero
      return left > .zero ? min(delay, max(left, settings.confirmation)) : delay
    case (.unreachable, _), (nil, _):
      return settings.confirmation
    case (.failed, _):
      return successes == 0 ? settings.interval : settings.confirmation
    default:
      return failures == 0 ? settings.interval : settings.confirmation
    }
  }

  /// Starts over for another address, kind or key: what is known of the engine is dropped, except its models, until the
  /// next probe reports. With another key alone it is still the same process.
  mutating func startOver(isSameProcess: Bool) {
    detected = nil
    needsVersion = true
    (failures, successes, doublings) = (0, 0, 0)
    blindness = Blindness()
    (proof, missing) = (nil, [:])
    guard !isSameProcess else { return }
    (isForgotten, unreachableSince) = (false, nil)
    isAsleep = false
    (meter, life) = (Meter(), nil)
  }
}
