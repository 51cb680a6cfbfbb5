import Catalog

/// The state of the fleet and its plan. A value without I/O: time is an argument.
///
/// Its parts own their data: the engines that are probed and those that are not, the answers that sources still owe,
/// and the plan of the probes. The work after one probe costs the same in a fleet of any size.
struct FleetState: Sendable {
  let settings: ProbeSettings
  private(set) var roster = FleetRoster()
  private(set) var unprobed = UnprobedEngines()
  private(set) var remembered: RememberedEngines
  private(set) var sources: SourceLedger
  private var plan: ProbePlan
  var outbox = FleetOutbox()

  private var counters = ProbeCounters()
  private var forgetting = ForgetClock()
  /// Refused claims that are logged already.
  private var refusals: Set<FleetClaims.Refused> = []
  private var ownTrouble = OwnTrouble()
  /// The last logged value of `isMostlyUnreachable`.
  private var isMajorityNoted = false

  init(
    settings: ProbeSettings, expecting sources: Set<SourceID>, known: [KnownEngine] = [], orphans: [String] = [],
    random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
  ) {
    self.settings = settings
    self.sources = SourceLedger(expecting: sources, settings)
    plan = ProbePlan(settings, random: random)
    remembered = RememberedEngines(known, orphans: orphans)
  }

  var figures: FleetFigures {
    FleetFigures(
      counters: counters, flights: plan.flightCount, unknown: roster.unknownCount,
      sources: sources.states.mapValues { SourceFigures($0) })
  }

  /// Whether the forget clock stands still.
  var isMostlyUnreachable: Bool { roster.isMostlyUnreachable }

  /// The trouble that keeps this process from probing, in words; nil: every engine is probed.
  var trouble: String? { ownTrouble.text(unseen: roster.unseenCount) }

  /// The work that is due now.
  struct Turn: Sendable {
    var starts: [ProbeStart]
    /// When the next turn is due; nil: nothing waits for time.
    var wake: Duration?
  }

  mutating func turn(at now: Moment) -> Turn {
    passTime(to: now)
    plan.advance(to: now.up)
    var starts: [ProbeStart] = []
    while let start = plan.start(at: now.up, { roster.members[$0]?.tracker.request }) { starts.append(start) }
    return Turn(starts: starts, wake: plan.endTurn(alarms: sources.alarms))
  }

  /// The consequences of a probe.
  struct Finding: Sendable {
    /// False when the result is stale, because the engine is gone or is probed in another way now.
    var counts: Bool
    /// The engine's load; nil when it reported none.
    var load: EngineLoad?
    /// Whether another probe can start now, or must start before the next planned turn.
    var wantsTurn = false
    /// Whether there is something to record, or the first sweep ended.
    var wantsRecording = false
  }

  /// Takes the outcome of a probe.
  @discardableResult
  mutating func finished(_ start: ProbeStart, _ outcome: ProbeOutcome, took: Duration, at now: Moment) -> Finding {
    let wasFull = plan.isFull
    counters.count(outcome, took: took)
    let id = start.request.spec.id
    guard plan.end(start) else { return Finding(counts: false, wantsTurn: wasFull) }
    forgetting.advance(to: now.up, isRunning: !isMostlyUnreachable)
    let elapsed = forgetting.elapsed
    guard let settled = roster.change(id, { $0.settle(outcome, at: now, forgetting: elapsed) }) else {
      return Finding(counts: false, wantsTurn: wasFull)
    }
    if case .ownFailure(let failure) = outcome {
      note(ownTrouble.met(failure, unseen: roster.unseenCount, at: now.up))
    } else {
      note(ownTrouble.passed(unseen: roster.unseenCount))
    }
    outbox.push(settled.observation)
    if let change = settled.change { outbox.note(.changed(change)) }
    forget(unprobed.release(roster.members[id]?.tracker.spec.workload ?? "") { roster.awaits($0) })
    noteMajority()
    let isSooner = plan.plan(after: start, delay: settled.delay, isUnreachable: isUnreachable(id), at: now.up)
    let wasSwept = sources.isSwept
    // The first sweep still waits for an engine that was not asked.
    if !outcome.isOwnFailure { sources.swept(id) }
    checkSweep()
    return Finding(
      counts: true, load: settled.load, wantsTurn: wasFull || isSooner,
      wantsRecording: outbox.queue.count > 0 || wasSwept != sources.isSwept)
  }

  /// Whether the first sweep is over and recorded.
  var isSweepRecorded: Bool { outbox.unrecorded.map { $0 <= 0 } ?? false }
}

/// The sources' answers and failures.
extension FleetState {
  /// Takes a source's answer; returns the engines whose readings came with it.
  @discardableResult
  mutating func received(_ answer: SourceAnswer, at now: Moment) -> [UnprobedEngine] {
    note(sources.received(answer, answer.claims.map(inCluster), at: now.up))
    reconcile(at: now)
    settleSources()
    return answer.parts.flatMap(\.unprobed).filter {
      $0.observedAt != nil && unprobed.engines[$0.facts.id]?.sources.first == answer.source
    }
  }

  /// Notes that a source does not answer.
  mutating func failed(_ source: SourceID, _ reason: String, at now: Moment) {
    let (isNew, events) = sources.failed(source, reason)
    note(events)
    guard isNew else { return }
    reconcile(at: now)
    guard sources.states[source]?.hasAnswered == false else { return }
    // The stored engines of a peer that has not answered since the start are last known too.
    for (facts, before) in remembered.cutOff(source, .cutOff(from: source, reason, at: now.wall)) {
      outbox.push(.engineOnly(facts))
      outbox.noteChange(facts.id, from: before, to: facts.condition.state, reason: facts.condition.reason)
    }
  }

  /// Removes a source and its claims.
  mutating func drop(_ source: SourceID, at now: Moment) {
    sources.drop(source)
    reconcile(at: now)
    settleSources()
  }

  /// Notes that a source's query has changed.
  mutating func expectChange(of source: SourceID) { sources.expectChange(of: source) }

  private mutating func passTime(to now: Moment) {
    let (isChanged, events) = sources.passTime(to: now.up)
    note(events)
    if isChanged { reconcile(at: now) }
    checkSweep()
  }

  private mutating func settleSources() {
    forget(remembered.takeUnnamed(sources))
    if sources.isSynced {
      for id in remembered.takeOrphans() { outbox.push(.forgotten(engineID: id)) }
    }
    noteMajority()
    checkSweep()
  }

  /// Makes the engines those that the sources name, without disturbing an engine that stays.
  private mutating func reconcile(at now: Moment) {
    let claims = FleetClaims(sources.inOrder, named: roster.name, remembered: remembered.places)
    for refusal in claims.refused.subtracting(refusals) { outbox.note(.refused(refusal)) }
    refusals = claims.refused
    unprobed.rememberWorkloads(claims, roster.members.values.lazy.map(\.tracker))
    let ids = Set(claims.probed.lazy.map(\.spec.id))
    let listed = Set(claims.unprobed.lazy.map(\.engine.facts.id))
    let gone = roster.members.keys.filter { !ids.contains($0) }
    for id in gone where listed.contains(id) { remove(id) }
    var added: [FleetClaims.Probed] = []
    for claim in claims.probed {
      if let member = roster.members[claim.spec.id], !claim.spec.isAnotherProcess(than: member.tracker.spec) {
        edit(claim, at: now)
      } else {
        added.append(claim)
      }
    }
    // Few new engines are probed at once, many one after the other; later probes are spread evenly.
    let window = min(.milliseconds(added.count), settings.sweepWindow)
    for claim in added { add(claim, within: window, at: now) }
    unprobed.keep(only: listed) { roster.members[$0] != nil }
    for claim in claims.unprobed {
      let change = unprobed.take(claim, known: remembered.claim(claim.engine.facts.id), at: now.wall)
      if let change { publish(change) }
    }
    forget(unprobed.release { roster.awaits($0) })
    // Removed last, so that a model which another engine takes over is never without an engine in between.
    for id in gone where !listed.contains(id) { remove(id) }
    forget(unprobed.release { roster.awaits($0) })
  }

  private mutating func add(_ claim: FleetClaims.Probed, within window: Duration, at now: Moment) {
    let id = claim.spec.id
    if roster.members[id] != nil { remove(id) }
    let stored = remembered.claim(id)
    let known = unprobed.takeOver(id) ?? stored
    outbox.push(roster.add(claim, settings, known: known, at: now.wall))
    sources.sweep(id)
    plan.add(id, isUnreachable: isUnreachable(id), within: window, at: now.up)
  }

  private mutating func edit(_ claim: FleetClaims.Probed, at now: Moment) {
    let spec = claim.spec
    let before = roster.members[spec.id]?.tracker.spec.lifecycle
    roster.take(claim)
    guard let (observation, isContactNew) = roster.edit(spec, at: now.wall) else { return }
    outbox.push(observation)
    outbox.push(roster.change(spec.id) { $0.setPendingRemoval(claim.pendingRemoval, at: now.wall) } ?? nil)
    // A new hint of its source calls for a new probe.
    if isContactNew || before != spec.lifecycle {
      plan.renewContact(spec.id, isUnreachable: isUnreachable(spec.id), at: now.up)
    }
  }

  private mutating func remove(_ id: String) {
    guard let member = roster.remove(id) else { return }
    unprobed.rememberWorkload(of: member.tracker)
    plan.remove(id)
    sources.swept(id)
    outbox.forget(id, from: member.tracker.state)
  }

  private mutating func publish(_ change: UnprobedEngines.Change) {
    let (facts, condition) = (change.facts, change.facts.condition)
    outbox.push(.engine(facts, models: change.models))
    guard change.before != condition.state else { return }
    outbox.noteChange(facts.id, from: change.before, to: condition.state, reason: condition.reason)
  }

  private mutating func forget(_ gone: [(id: String, state: ModelState)]) {
    for (id, state) in gone { outbox.forget(id, from: state) }
  }

  private mutating func note(_ events: [FleetEvent]) {
    for event in events { outbox.note(event) }
  }

  private mutating func noteMajority() {
    guard isMostlyUnreachable != isMajorityNoted else { return }
    isMajorityNoted.toggle()
    outbox.note(.mostlyUnreachable(isMajorityNoted))
  }

  private func isUnreachable(_ id: String) -> Bool { roster.members[id]?.tracker.isUnreachable == true }

  private func inCluster(_ claim: Claim) -> Claim {
    switch claim {
    case .probed(var spec):
      if spec.cluster.isEmpty { spec.cluster = settings.cluster }
      return .probed(spec)
    case .unprobed(var engine):
      if engine.facts.cluster.isEmpty { engine.facts.cluster = settings.cluster }
      return .unprobed(engine)
    }
  }

  /// Ends the first sweep when every engine was probed or its time is up, unless no engine ever answered, in this
  /// process or an earlier one: then nothing is known of their models, and an empty list would be a guess.
  private mutating func checkSweep() {
    guard sources.canEndSweep else { return }
    // A peer that answers but waits itself does not hold up the sweep for ever.
    let isEmpty = roster.members.isEmpty && sources.isEmptyCertain
    guard isEmpty || roster.hasAnswer || !unprobed.engines.isEmpty else { return }
    let missing = sources.endSweep()
    if missing > 0 { outbox.note(.lateSweep(missing: missing)) }
    outbox.endSweep()
  }
}
