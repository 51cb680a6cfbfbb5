/// The plan of probes: each engine in a rhythm of its own, within the limits of concurrency and pace.
struct ProbePlan: Sendable {
  /// Engines that do not answer have a lane of their own, so that waiting for them delays no other engine.
  enum Lane: Hashable, Sendable, CaseIterable {
    case answering
    case unreachable
  }

  /// The plan of one engine.
  private struct Entry: Sendable {
    /// Changes with the way in which the engine is probed: the outcome of a probe with an older contact is dropped.
    var contact: Int
    /// The time from its first probe to its second, unless the first calls for another delay; nil after the first.
    var firstGap: Duration?
  }

  private let settings: ProbeSettings
  private var entries: [String: Entry] = [:]
  private var schedules: [Lane: Schedule] = [.answering: Schedule(), .unreachable: Schedule()]
  private var flights: [Lane: Int] = [:]
  /// Probes in flight with a proof of life, which takes longer.
  private var proofsInFlight = 0
  private var pace = ProbePace()
  /// When the next turn is due, as the last turn planned it.
  private var nextTurn: Duration?
  private var lastContact = 0
  private var random: any RandomNumberGenerator & Sendable

  init(_ settings: ProbeSettings, random: any RandomNumberGenerator & Sendable) {
    self.settings = settings
    self.random = random
  }

  /// Probes in flight.
  var flightCount: Int { flights.values.reduce(0, +) }

  /// Whether a lane has no room for another probe.
  var isFull: Bool { Lane.allCases.contains { !hasRoom($0) } }

  /// Adds an engine, whose first probe comes within `window` and its second within the interval.
  mutating func add(_ id: String, isUnreachable: Bool, within window: Duration, at up: Duration) {
    let rank = jitter(0...1)
    let gap = window + (settings.interval - window) * rank
    entries[id] = Entry(contact: newContact(), firstGap: gap)
    schedule(id, isUnreachable: isUnreachable, due: up + window * rank)
  }

  mutating func remove(_ id: String) {
    entries[id] = nil
    for lane in Lane.allCases { schedules[lane]?.remove(id) }
  }

  /// Makes the engine's probes in flight stale, and plans another one at once.
  mutating func renewContact(_ id: String, isUnreachable: Bool, at up: Duration) {
    let contact = newContact()
    entries[id]?.contact = contact
    schedule(id, isUnreachable: isUnreachable, due: up)
  }

  /// To be called at the beginning of a turn.
  mutating func advance(to up: Duration) {
    pace.advance(to: up, engines: entries.count, window: settings.sweepWindow)
  }

  /// Starts the next probe that is due and has room; nil when there is none. `request` makes the probe of an engine.
  mutating func start(at up: Duration, _ request: (String) -> ProbeRequest?) -> ProbeStart? {
    for lane in Lane.allCases where hasRoom(lane) && pace.hasRoom {
      guard let (id, due) = schedules[lane]?.next(at: up), let entry = entries[id], var request = request(id) else {
        continue
      }
      flights[lane, default: 0] += 1
      pace.take()
      // Few proofs at a time: the engine is probed all the same, without its proof.
      let most = request.proof?.isRetry == true ? settings.proofConcurrency / 2 : settings.proofConcurrency
      if proofsInFlight >= most { request.proof = nil }
      if request.proof != nil { proofsInFlight += 1 }
      return ProbeStart(request: request, contact: entry.contact, lane: lane, due: due)
    }
    return nil
  }

  /// Notes that a probe ended; returns whether its outcome counts.
  mutating func end(_ start: ProbeStart) -> Bool {
    flights[start.lane, default: 0] -= 1
    if start.request.proof != nil { proofsInFlight -= 1 }
    return entries[start.request.spec.id]?.contact == start.contact
  }

  /// Plans the engine's next probe, `delay` after one that has ended; returns whether the next turn must come sooner
  /// for it. `isExact`: the engine asked for that delay, so its probe comes no sooner.
  mutating func plan(
    after start: ProbeStart, delay: Duration, isExact: Bool, isUnreachable: Bool, at up: Duration
  ) -> Bool {
    let id = start.request.spec.id
    let firstGap = entries[id]?.firstGap
    entries[id]?.firstGap = nil
    let due = isExact ? up + delay : next(after: start.due, delay: delay, firstGap: firstGap ?? nil, at: up)
    schedule(id, isUnreachable: isUnreachable, due: due)
    return nextTurn.map { due < $0 } ?? true
  }

  /// When the next turn is due, at `alarms` at the latest; nil when nothing waits for time.
  mutating func endTurn(alarms: [Duration]) -> Duration? {
    var times = alarms
    // A lane without room is looked at again when a probe ends.
    for lane in Lane.allCases where hasRoom(lane) {
      if let due = schedules[lane]?.due { times.append(pace.hasRoom ? due : max(due, pace.hasRoomAt)) }
    }
    nextTurn = times.min()
    return nextTurn
  }

  private func hasRoom(_ lane: Lane) -> Bool {
    let total = flightCount
    return switch lane {
    case .answering: total < settings.concurrency
    case .unreachable:
      total < settings.concurrency && flights[.unreachable, default: 0] < max(1, settings.concurrency / 2)
    }
  }

  private mutating func next(after due: Duration, delay: Duration, firstGap: Duration?, at up: Duration) -> Duration {
    // A back-off, which promises to be no longer than this, or a confirming probe.
    guard delay <= settings.interval else { return up + delay * jitter(0.8...1) }
    guard delay == settings.interval else { return up + delay }
    // In step with the probe's due time, not with its end: an engine whose probe was late or slow keeps its place among
    // the others. Due times that were missed, or would come too soon after this probe, are left out.
    let next = due + (firstGap ?? delay * jitter(0.9...1.1))
    let missed = (up + delay / 4 - next) / delay
    return missed > 0 ? next + delay * missed.rounded(.up) : next
  }

  private mutating func schedule(_ id: String, isUnreachable: Bool, due: Duration) {
    let lane: Lane = isUnreachable ? .unreachable : .answering
    for other in Lane.allCases where other != lane { schedules[other]?.remove(id) }
    schedules[lane]?.set(id, due: due)
  }

  private mutating func newContact() -> Int {
    lastContact += 1
    return lastContact
  }

  /// Draws a factor from a range.
  private mutating func jitter(_ range: ClosedRange<Double>) -> Double {
    Double.random(in: range, using: &random)
  }
}

/// A probe to be made now.
struct ProbeStart: Sendable {
  var request: ProbeRequest
  var contact: Int
  var lane: ProbePlan.Lane
  var due: Duration
}
