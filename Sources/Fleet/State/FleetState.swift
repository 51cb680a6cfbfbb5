import Catalog

/// The state of the fleet and its plan. A value without I/O: time is an argument.
///
/// Its parts own their data: the engines that are probed and those that are not, the first sweep, and the plan of the
/// probes. Which engines there are follows from the `ClaimBook`, whose changes it takes. The work after one probe costs
/// the same in a fleet of any size.
struct FleetState: Sendable {
  let settings: ProbeSettings
  private(set) var roster = FleetRoster()
  private(set) var unprobed = UnprobedEngines()
  /// The stored facts of engines, until they are claimed.
  private var remembered: [String: KnownEngine]
  /// Ids of engines of which the store has models alone.
  private var orphans: [String]
  private(set) var sources = SourceSummary()
  private var sweep: FirstSweep
  private var plan: ProbePlan
  /// When the holds of engines end.
  private var holds = Schedule()
  var outbox = FleetOutbox()

  private var counters = ProbeCounters()
  private var forgetting = ForgetClock()
  private var ownTrouble = OwnTrouble()
  /// The last logged value of `isMostlyUnreachable`.
  private var isMajorityNoted = false

  init(
    settings: ProbeSettings, known: [KnownEngine] = [], orphans: [String] = [],
    random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
  ) {
    self.settings = settings
    sweep = FirstSweep(until: settings.sweepTimeout)
    plan = ProbePlan(settings, random: random)
    remembered = Dictionary(known.map { ($0.facts.id, $0) }) { first, _ in first }
    self.orphans = orphans.sorted()
  }

  var figures: FleetFigures {
    FleetFigures(
      counters: counters, flights: plan.flightCount, unknown: roster.unknownCount, sources: sources.figures)
  }

  /// Whether the forget clock stands still.
  var isMostlyUnreachable: Bool { roster.isMostlyUnreachable }

  /// The trouble that keeps this process from probing, in words; nil: every engine is probed.
  var trouble: String? { ownTrouble.text(unseen: roster.unseenCount) }

  /// How far the engines and the sources have answered, in one sentence.
  var progress: String { FleetProgress(roster.members.values.lazy.map(\.tracker), sources).text }

  /// The work that is due now.
  struct Turn: Sendable {
    var starts: [ProbeStart]
    /// When the next turn is due; nil: nothing waits for time.
    var wake: Duration?
  }

  mutating func turn(at now: Moment) -> Turn {
    sweep.advance(to: now.up)
    checkSweep()
    endHolds(at: now)
    plan.advance(to: now.up)
    var starts: [ProbeStart] = []
    while let start = plan.start(at: now.up, { roster.members[$0]?.tracker.request }) { starts.append(start) }
    return Turn(starts: starts, wake: plan.endTurn(alarms: [sweep.alarm, holds.due].compactMap(\.self)))
  }

  private mutating func endHolds(at now: Moment) {
    while let (id, _) = holds.next(at: now.up) {
      guard let (observation, change) = roster.change(id, { $0.endHold(at: now) }) ?? nil else { continue }
      outbox.push(observation)
      if let change { outbox.note(.changed(change)) }
      // It may have asked for a longer wait, and be well by now.
      plan.renewContact(id, isUnreachable: isUnreachable(id), at: now.up)
      noteMajority()
    }
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
    /// Whether the engine, which its source has denied, does not answer any more.
    var isLost = false
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
    if let reason = settled.metricsProblem { outbox.note(.noMetrics(engineID: id, reason: reason)) }
    if let end = settled.holdEnd { holds.set(id, due: end) } else { holds.remove(id) }
    forget(unprobed.release(roster.members[id]?.tracker.spec.workload ?? "") { roster.awaits($0) })
    noteMajority()
    let isSooner = plan.plan(
      after: start, delay: settled.delay, isExact: outcome.wait != nil, isUnreachable: isUnreachable(id), at: now.up)
    let wasSwept = isSwept
    // The first sweep still waits for an engine that was not asked.
    if !outcome.isOwnFailure { sweep.swept(id) }
    checkSweep()
    return Finding(
      counts: true, load: settled.load, wantsTurn: wasFull || isSooner || settled.holdEnd != nil,
      wantsRecording: outbox.queue.count > 0 || wasSwept != isSwept,
      isLost: sources.denied.contains(id) && !answers(id))
  }

  /// Whether the engine answers probes, as far as is known.
  func answers(_ id: String) -> Bool {
    roster.members[id].map { $0.tracker.state != nil && !$0.tracker.isUnreachable } ?? false
  }

  /// Whether the first sweep, which probes every engine once, is over.
  var isSwept: Bool { sweep.isOver }

  /// Whether the first sweep is over and recorded.
  var isSweepRecorded: Bool { outbox.unrecorded.map { $0 <= 0 } ?? false }
}

/// The changes of the claims.
extension FleetState {
  /// Takes a part of the changes, without disturbing an engine that stays.
  mutating func apply(_ changes: ClaimChanges, at now: Moment) {
    // Few new engines are probed at once, many one after the other; later probes are spread evenly.
    let window = min(.milliseconds(changes.addedCount), settings.sweepWindow)
    if let workloads = changes.workloads { unprobed.workloads = workloads }
    for claim in changes.probed {
      if let member = roster.members[claim.spec.id], !claim.spec.isAnotherEngine(than: member.tracker.spec) {
        edit(claim, at: now)
      } else {
        add(claim, within: window, at: now)
      }
    }
    for claim in changes.unprobed { take(claim, at: now) }
    unprobed.leave(changes.unreported) { roster.members[$0] != nil }
    for id in changes.gone { remove(id) }
    forget(unprobed.release { roster.awaits($0) })
    for id in changes.unclaimable {
      if let known = remembered.removeValue(forKey: id) { outbox.forget(id, from: known.facts.condition.state) }
    }
    noteMajority()
  }

  /// Takes what the sources have answered by now, after all parts of the changes.
  mutating func settle(_ summary: SourceSummary) {
    sources = summary
    if summary.isSynced {
      for id in orphans { outbox.push(.forgotten(engineID: id)) }
      orphans = []
    }
    checkSweep()
  }

  private mutating func take(_ claim: FleetClaims.Unprobed, at now: Moment) {
    let id = claim.engine.facts.id
    orphans.removeAll { $0 == id }
    let workload = claim.engine.workload
    if !workload.isEmpty { unprobed.remember(roster.models(ofWorkload: workload), of: workload) }
    var known = remembered.removeValue(forKey: id)
    if let member = roster.members[id] {
      // Its pod has no address any more: what it served stays known.
      if let facts = member.tracker.facts { known = (facts, member.tracker.models ?? []) }
      drop(id)
    }
    if let change = unprobed.take(claim, known: known, at: now.wall) { publish(change) }
  }

  private mutating func add(_ claim: FleetClaims.Probed, within window: Duration, at now: Moment) {
    let id = claim.spec.id
    if roster.members[id] != nil { remove(id) }
    orphans.removeAll { $0 == id }
    let stored = remembered.removeValue(forKey: id)
    var known = unprobed.takeOver(id) ?? stored
    // An id that another tenant had brings nothing along.
    if let facts = known?.facts, facts.namespace != claim.spec.namespace || facts.cluster != claim.spec.cluster {
      outbox.forget(id, from: facts.condition.state)
      known = nil
    }
    // The same engine under another id is never without its models.
    let old = known == nil ? roster.id(at: claim.spec.place).flatMap { roster.members[$0]?.tracker } : nil
    if let old, !claim.spec.isAnotherEngine(than: old.spec), var facts = old.facts {
      facts.id = id
      known = (facts, old.models ?? [])
    }
    let begun = roster.add(claim, settings, known: known, at: now.wall)
    let renamed = old == nil ? nil : roster.members[id]?.tracker
    outbox.push(renamed.flatMap { new in new.facts.map { .engine($0, models: new.models ?? []) } } ?? begun)
    if claim.pendingRemoval != nil {
      outbox.push(roster.change(id) { $0.setPendingRemoval(claim.pendingRemoval, at: now.wall) } ?? nil)
    }
    sweep.add(id)
    plan.add(id, isUnreachable: isUnreachable(id), within: window, at: now.up)
  }

  private mutating func edit(_ claim: FleetClaims.Probed, at now: Moment) {
    let spec = claim.spec
    let before = roster.members[spec.id]?.tracker.spec
    roster.take(claim)
    guard let (observation, isContactNew) = roster.edit(spec, at: now.wall) else { return }
    outbox.push(observation)
    outbox.push(roster.change(spec.id) { $0.setPendingRemoval(claim.pendingRemoval, at: now.wall) } ?? nil)
    // A new hint of its source calls for a new probe, and so does any news of an engine that is away.
    if isContactNew || before?.lifecycle != spec.lifecycle || before != spec && isUnreachable(spec.id) {
      plan.renewContact(spec.id, isUnreachable: isUnreachable(spec.id), at: now.up)
    }
  }

  private mutating func remove(_ id: String) {
    guard let member = drop(id) else { return }
    outbox.forget(id, from: member.tracker.state)
  }

  @discardableResult
  private mutating func drop(_ id: String) -> FleetRoster.Member? {
    guard let member = roster.remove(id) else { return nil }
    unprobed.remember((member.tracker.models ?? []), of: member.tracker.spec.workload)
    plan.remove(id)
    holds.remove(id)
    sweep.swept(id)
    return member
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

  /// Ends the first sweep when every engine was probed or its time is up, unless no engine ever answered, in this
  /// process or an earlier one: then nothing is known of their models, and an empty list would be a guess.
  private mutating func checkSweep() {
    guard sweep.canEnd, !sources.isAwaited else { return }
    // A peer that answers but waits itself does not hold up the sweep for ever.
    let isEmptyCertain = sources.isSynced || sweep.isLate && sources.lacksQuietPeersAlone
    let isEmpty = roster.members.isEmpty && isEmptyCertain
    guard isEmpty || roster.hasAnswer || !unprobed.engines.isEmpty else { return }
    let missing = sweep.end()
    if missing > 0 { outbox.note(.lateSweep(missing: missing)) }
    outbox.endSweep()
  }
}
