import Catalog

/// Everything that is known of the fleet, and what is to be done when. A value without I/O: time is an argument.
struct FleetState: Sendable {
  struct Member: Sendable {
    var tracker: EngineTracker
    /// Another one for each way in which the engine is asked: what an older probe brings home counts no more.
    var contact: Int
    /// Whether the store knew what it serves when the process started.
    var wasKnown: Bool
    /// Who claims it, in the order in which they count.
    var sources: [String]
    /// Whose claim gave it its id; empty: the store's.
    var namedBy: String
    /// From its first probe to its second, unless that calls for another one sooner or later; nil after the first.
    var firstGap: Duration?

    /// In its place: a copy of what the tracker remembers of the engine's metrics would cost more than the change.
    mutating func change<Result>(
      _ body: (inout EngineTracker) -> Result
    ) -> (result: Result, before: ModelState?, after: ModelState?) {
      let before = tracker.state
      let result = body(&tracker)
      return (result, before, tracker.state)
    }
  }

  /// Engines that do not answer have a lane of their own, so that waiting for them delays nobody else.
  enum Lane: Hashable, Sendable, CaseIterable {
    case answering
    case silent
  }

  /// A probe to be made now.
  struct Start: Sendable {
    var request: ProbeRequest
    var contact: Int
    var lane: Lane
    var due: Duration
  }

  let settings: ProbeSettings
  private(set) var members: [String: Member] = [:]
  private(set) var counts: [ModelState?: Int] = [:]
  private(set) var counters = ProbeCounters()
  var flights: [Lane: Int] = [:]
  /// Those of them that bring a proof of life, which takes longer.
  var proofsInFlight = 0
  var schedules: [Lane: Schedule] = [.answering: Schedule(), .silent: Schedule()]
  var pace = ProbePace()
  /// When the last turn asked for the next.
  var nextTurn: Duration?

  /// What the sources said, by their names.
  var heard: [String: SourceState] = [:]
  /// Claims that cannot be, as the log was told.
  var refusals: Set<FleetClaims.Refused> = []
  /// The engines that are not probed.
  var told: [String: ToldMember] = [:]
  /// What engines of each workload served last.
  var workloads: [String: [ReplicaFacts]] = [:]
  /// Those that have not spoken yet.
  var unspoken: Set<String>
  /// Those of them that the first sweep waits for.
  var awaited: Set<String>
  /// The engines that the first sweep waits for; nil when it is over.
  private(set) var unswept: Set<String>? = []
  /// Whether the first sweep has had its time.
  var isSweepLate = false

  /// What the store knows of engines that no source has named yet.
  var remembered: [String: KnownEngine]
  /// Engines that the store knows by nothing but their models, and that no source has named yet.
  var strays: Set<String>

  /// What is to be recorded.
  var queue = ObservationQueue()
  /// Observations of the first sweep that are still to be recorded; nil while it goes on. What comes after it, from
  /// engines that flap, is not waited for.
  private(set) var unrecorded: Int?
  /// What is to be logged.
  var notes: [FleetEvent] = []

  private var forgetting = ForgetClock()
  /// Members that the store knew.
  private var knownMembers = 0
  /// What the log was told last of `isMostlyUnreachable`.
  private var isMajorityNoted = false
  private var lastContact = 0
  private var random: any RandomNumberGenerator & Sendable

  init(
    settings: ProbeSettings, expecting sources: Set<String>, known: [KnownEngine] = [], strays: [String] = [],
    random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
  ) {
    self.settings = settings
    self.random = random
    unspoken = sources
    // Two that wait for each other would wait for nothing.
    awaited = sources.filter { !$0.hasPrefix(Self.peer) }
    remembered = Dictionary(known.map { ($0.facts.id, $0) }) { first, _ in first }
    self.strays = Set(strays)
  }

  var figures: FleetFigures {
    FleetFigures(
      counters: counters, flights: flights.values.reduce(0, +), unknown: counts[ModelState?.none, default: 0],
      sources: heard.mapValues { SourceFigures($0) })
  }

  /// Whether the clock that forgets stands still.
  var isMostlyUnreachable: Bool {
    let known = counts.reduce(0) { $1.key == nil ? $0 : $0 + $1.value }
    return counts[.unreachable, default: 0] * 2 > known
  }

  /// A factor from a range, anew each time.
  mutating func jitter(_ range: ClosedRange<Double>) -> Double {
    Double.random(in: range, using: &random)
  }

  /// What came of a probe.
  struct Finding: Sendable {
    /// False when it counts no more, because the engine is gone or asked in another way.
    var counts: Bool
    /// What the engine does now, where it told.
    var load: EngineLoad?
    /// Whether another probe can start now, or must earlier than the last turn knew.
    var wantsTurn = false
    /// Whether there is something to record, or the first sweep ended.
    var hasNews = false
  }

  /// Takes what a probe brought home.
  @discardableResult
  mutating func finished(_ start: Start, _ outcome: ProbeOutcome, took: Duration, at now: Moment) -> Finding {
    let wasFull = Lane.allCases.contains { !hasRoom($0) }
    flights[start.lane, default: 0] -= 1
    if start.request.proof != nil { proofsInFlight -= 1 }
    counters.count(outcome, took: took)
    let id = start.request.spec.id
    guard members[id]?.contact == start.contact else { return Finding(counts: false, wantsTurn: wasFull) }
    forgetting.advance(to: now.up, isRunning: !isMostlyUnreachable)
    let elapsed = forgetting.elapsed
    let firstGap = members[id]?.firstGap
    members[id]?.firstGap = nil
    guard let settled = change(id, { $0.settle(outcome, at: now, forgetting: elapsed) }) else {
      return Finding(counts: false, wantsTurn: wasFull)
    }
    if let observation = settled.observation { queue.push(observation) }
    if let change = settled.change { notes.append(.changed(change)) }
    if told.contains(where: \.value.isLeaving) { letGo() }
    noteMajority()
    let due = next(after: start.due, delay: settled.delay, firstGap: firstGap ?? nil, at: now.up)
    schedule(id, due: due)
    let wasSwept = unswept == nil
    unswept?.remove(id)
    checkSweep()
    return Finding(
      counts: true, load: settled.load, wantsTurn: wasFull || nextTurn.map { due < $0 } ?? true,
      hasNews: queue.count > 0 || wasSwept != (unswept == nil))
  }

  /// Adds an engine, with what the store knows of it; its first probe is due then, its second so much later.
  mutating func add(_ claim: FleetClaims.Probed, due: Duration, firstGap: Duration, at wall: Timestamp) {
    let spec = claim.spec
    let known = remembered.removeValue(forKey: spec.id)
    // What the store has of a stray's models stays until the engine tells what it serves.
    strays.remove(spec.id)
    let tracker = EngineTracker(spec, settings: settings, known: known)
    let member = Member(
      tracker: tracker, contact: newContact(), wasKnown: known.map(hasAnswered) ?? false, sources: claim.sources,
      namedBy: claim.namedBy, firstGap: firstGap)
    members[spec.id] = member
    counts[tracker.state, default: 0] += 1
    if member.wasKnown { knownMembers += 1 }
    if let observation = change(spec.id, { $0.begin(at: wall) }) ?? nil { queue.push(observation) }
    unswept?.insert(spec.id)
    schedule(spec.id, due: due)
  }

  /// Notes who claims a member.
  mutating func take(_ claim: FleetClaims.Probed) {
    members[claim.spec.id]?.sources = claim.sources
    members[claim.spec.id]?.namedBy = claim.namedBy
  }

  mutating func remove(_ id: String) {
    guard let member = members.removeValue(forKey: id) else { return }
    rememberWorkload(of: member.tracker)
    counts[member.tracker.state, default: 0] -= 1
    if member.wasKnown { knownMembers -= 1 }
    queue.push(.forgotten(engineID: id))
    for lane in Lane.allCases { schedules[lane]?.remove(id) }
    unswept?.remove(id)
    noteChange(id, from: member.tracker.state, to: nil, reason: Self.unnamed)
  }

  /// Forgets what the store knows of engines that no source names. A source that was not heard yet may name any of them,
  /// so that its silence costs none.
  mutating func forgetUnnamed() {
    let isPeersTurn = unspoken.allSatisfy { $0.hasPrefix(Self.peer) }
    for (id, known) in remembered.sorted(by: { $0.key < $1.key }) {
      // What a peer told, that peer may name; all else only who is none.
      if let teller = known.facts.via.last {
        guard !unspoken.contains(Self.peer + teller) else { continue }
      } else {
        guard isPeersTurn else { continue }
      }
      remembered[id] = nil
      queue.push(.forgotten(engineID: id))
      noteChange(id, from: known.facts.condition.state, to: nil, reason: Self.unnamed)
    }
    guard unspoken.isEmpty else { return }
    for id in strays.sorted() { queue.push(.forgotten(engineID: id)) }
    strays = []
  }

  /// What names of sources begin with that are other Rollcalls.
  static let peer = "peer/"
  static let unnamed = "no source names it any more"

  mutating func noteChange(_ id: String, from old: ModelState?, to new: ModelState?, reason: String) {
    notes.append(.changed(StateChange(engineID: id, from: old, to: new, reason: reason)))
  }

  mutating func noteMajority() {
    guard isMostlyUnreachable != isMajorityNoted else { return }
    isMajorityNoted.toggle()
    notes.append(.mostlyUnreachable(isMajorityNoted))
  }

  /// The next observations to record.
  mutating func takeQueued(_ limit: Int) -> [Observation] {
    let batch = queue.take(limit)
    unrecorded = unrecorded.map { $0 - batch.count }
    return batch
  }

  /// Takes back what could not be recorded.
  mutating func putBack(_ batch: [Observation]) {
    queue.putBack(batch)
    unrecorded = unrecorded.map { $0 + batch.count }
  }

  /// Whatever happens to an engine's tracker happens here, so that the counts hold.
  mutating func change<Result>(_ id: String, _ body: (inout EngineTracker) -> Result) -> Result? {
    guard let changed = members[id]?.change(body) else { return nil }
    counts[changed.before, default: 0] -= 1
    counts[changed.after, default: 0] += 1
    return changed.result
  }

  /// Lets no probe in flight count, and makes another.
  mutating func renewContact(_ id: String, due: Duration) {
    let contact = newContact()
    members[id]?.contact = contact
    schedule(id, due: due)
  }

  /// The first sweep is over when every engine was probed or its time is up, unless none of them ever answered, in this
  /// process or one before: then nothing is known of what they serve, and an empty list would be a guess.
  mutating func checkSweep() {
    guard let unswept, unswept.isEmpty || isSweepLate, awaited.isEmpty else { return }
    let answered = counts.contains { $0.value > 0 && $0.key != nil && $0.key != .unreachable }
    // Peers that answer but wait themselves are not waited for for ever.
    let isEmpty =
      members.isEmpty
      && (unspoken.isEmpty
        || isSweepLate && unspoken.allSatisfy { $0.hasPrefix(Self.peer) && heard[$0]?.silence == nil })
    guard isEmpty || knownMembers > 0 || answered || !told.isEmpty else { return }
    if !unswept.isEmpty { notes.append(.lateSweep(missing: unswept.count)) }
    self.unswept = nil
    unrecorded = queue.count
  }

  private mutating func schedule(_ id: String, due: Duration) {
    let lane: Lane = members[id]?.tracker.isSilent == true ? .silent : .answering
    for other in Lane.allCases where other != lane { schedules[other]?.remove(id) }
    schedules[lane]?.set(id, due: due)
  }

  private mutating func newContact() -> Int {
    lastContact += 1
    return lastContact
  }
}

/// Something worth a line in the log.
enum FleetEvent: Hashable, Sendable {
  case changed(StateChange)
  /// More than half of the engines became UNREACHABLE, or no longer are.
  case mostlyUnreachable(Bool)
  /// A source's answer is less than half of what it said before.
  case doubted(source: String, before: Int, now: Int)
  /// An answer that was doubted stood for long enough.
  case believedAtLast(source: String)
  /// A claim whose id another engine has.
  case refused(FleetClaims.Refused)
  /// A source cannot be asked, and can again.
  case silent(source: String, reason: String)
  case heardAgain(source: String)
  /// The first sweep went on without these.
  case silentSources([String])
  /// The first sweep ended before so many engines were probed.
  case lateSweep(missing: Int)
}
