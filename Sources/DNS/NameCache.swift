/// The answers that are known, and which lookups run: a value without I/O, which takes the time as an argument.
///
/// One lookup a name runs at a time, and all callers share its result. A name whose last lookup got no answer waits in a
/// queue of its own, and so does a name that has none yet while others need its place: a name server that is silent for
/// some names delays no others.
struct NameCache: Sendable {
  typealias Instant = ContinuousClock.Instant

  /// A lookup to begin.
  struct Start: Hashable, Sendable {
    var number: Int
    var name: String
  }

  /// A caller and what it gets.
  struct Settled: Hashable, Sendable {
    var waiter: Int
    var answer: NameAnswer
  }

  struct Turn: Hashable, Sendable {
    var starts: [Start] = []
    var settled: [Settled] = []
    /// When the next turn is due without any event; nil: never.
    var wake: Instant?
  }

  private struct Running {
    var name: String
    var began: Instant
    var isTroubled: Bool
  }

  private let limits: NameLimits
  private var names: [String: NameRecord] = [:]
  private var running: [Int: Running] = [:]
  /// When the lookups began that have lost their places and still run.
  private var displaced: [Int: Instant] = [:]
  /// The names that wait for a place, in order.
  private var queue: [String] = []
  private var troubledQueue: [String] = []
  /// The names that callers wait for.
  private var awaited: Set<String> = []
  private var settled: [Settled] = []
  private var lastNumber = 0
  private var nextSweep: Instant?

  init(_ limits: NameLimits = NameLimits()) {
    self.limits = limits
  }

  /// The number of names.
  var count: Int { names.count }
  var runningCount: Int { running.count }
  var displacedCount: Int { displaced.count }

  /// The answer for a name; nil: the caller waits for a lookup, and a turn is due. `time`: how long the caller has for
  /// all that it does.
  mutating func ask(_ name: String, waiter: Int, within time: Duration, at now: Instant) -> NameAnswer? {
    var record = names[name] ?? NameRecord(at: now)
    defer { names[name] = record }
    if let answer = record.answer(at: now, limits) { return answer }
    let patience = min(limits.patience, time / 4)
    record.waiters.append(NameRecord.Waiter(id: waiter, patienceEnd: now + patience))
    awaited.insert(name)
    if record.lookup == .none {
      record.beginLookup(at: now)
      enqueue(name, isTroubled: record.isTroubled)
    }
    return nil
  }

  /// Notes that a caller waits no longer. A lookup that runs goes on, and a name in trouble keeps its turn, so that each
  /// is tried in the end.
  mutating func giveUp(_ waiter: Int, of name: String) {
    guard var record = names[name] else { return }
    record.waiters.removeAll { $0.id == waiter }
    if record.waiters.isEmpty {
      awaited.remove(name)
      if record.lookup == .queued, !record.isTroubled {
        record.lookup = .none
        dequeue(name)
      }
    }
    names[name] = record
  }

  /// Takes the result of a lookup. A lookup that has lost its place counts only if it has found addresses.
  mutating func finished(_ start: Start, _ result: LookupOutcome, at now: Instant) {
    let isKnown = running.removeValue(forKey: start.number) != nil
    displaced[start.number] = nil
    guard var record = names[start.name] else { return }
    guard isKnown || result.hasAddresses else { return }
    let answer = record.take(result, at: now, limits)
    if record.lookup == .queued { dequeue(start.name) }
    // A later lookup of the name, if there is one, may still find something newer.
    if isKnown || record.lookup == .queued { record.lookup = .none }
    settled += record.waiters.map { Settled(waiter: $0.id, answer: answer) }
    record.waiters = []
    awaited.remove(start.name)
    names[start.name] = record
  }

  /// Moves on to a time: ends what takes too long, and begins what has a place.
  mutating func advance(to now: Instant) -> Turn {
    for (number, lookup) in running where now >= lookup.began + limits.lookup {
      finished(Start(number: number, name: lookup.name), .failure(.noAnswer), at: now)
    }
    displaced = displaced.filter { now < $0.value + limits.lookup }
    settlePatient(at: now)
    var turn = Turn()
    while !queue.isEmpty, running.count < limits.places || giveWay(at: now) {
      turn.starts.append(start(queue.removeFirst(), isTroubled: false, at: now))
    }
    var troubled = running.values.count(where: \.isTroubled)
    while !troubledQueue.isEmpty, running.count < limits.places, troubled < limits.places / 2 {
      turn.starts.append(start(troubledQueue.removeFirst(), isTroubled: true, at: now))
      troubled += 1
    }
    swap(&turn.settled, &settled)
    sweep(at: now)
    turn.wake = wake(after: now)
    return turn
  }

  private mutating func enqueue(_ name: String, isTroubled: Bool) {
    if isTroubled { troubledQueue.append(name) } else { queue.append(name) }
  }

  private mutating func dequeue(_ name: String) {
    queue.removeAll { $0 == name }
    troubledQueue.removeAll { $0 == name }
  }

  private mutating func start(_ name: String, isTroubled: Bool, at now: Instant) -> Start {
    lastNumber += 1
    running[lastNumber] = Running(name: name, began: now, isTroubled: isTroubled)
    names[name]?.lookup = .running(lastNumber)
    return Start(number: lastNumber, name: name)
  }

  /// Gives the place of the oldest lookup of a name that was not in trouble to another; false: all are young, or too
  /// many have lost their places already.
  private mutating func giveWay(at now: Instant) -> Bool {
    guard displaced.count < limits.displaced, let (number, lookup) = oldest, now >= lookup.began + limits.patience
    else { return false }
    running[number] = nil
    displaced[number] = lookup.began
    names[lookup.name]?.giveWay()
    if names[lookup.name]?.lookup == .queued { troubledQueue.append(lookup.name) }
    return true
  }

  private var oldest: (key: Int, value: Running)? {
    running.lazy.filter { !$0.value.isTroubled }.min { ($0.value.began, $0.key) < ($1.value.began, $1.key) }
  }

  /// Gives addresses whose time to live has ended to the callers that have waited long enough.
  private mutating func settlePatient(at now: Instant) {
    for name in awaited {
      guard var record = names[name], let answer = record.staleAnswer(at: now, limits) else { continue }
      settled += record.waiters.filter { now >= $0.patienceEnd }.map { Settled(waiter: $0.id, answer: answer) }
      record.waiters.removeAll { now >= $0.patienceEnd }
      if record.waiters.isEmpty { awaited.remove(name) }
      names[name] = record
    }
  }

  private mutating func sweep(at now: Instant) {
    guard let next = nextSweep else {
      nextSweep = now + limits.memory
      return
    }
    guard now >= next else { return }
    nextSweep = now + limits.memory
    names = names.filter { !$0.value.isForgettable(at: now, limits) }
  }

  private func wake(after now: Instant) -> Instant? {
    var moments = running.values.map { $0.began + limits.lookup }
    if !queue.isEmpty, let oldest {
      // Without room for another displaced lookup, the end of one makes room.
      let room = displaced.count < limits.displaced ? nil : displaced.values.min().map { $0 + limits.lookup }
      moments.append(max(oldest.value.began + limits.patience, room ?? now))
    }
    for name in awaited {
      guard let record = names[name], record.staleAnswer(at: now, limits) != nil else { continue }
      moments += record.waiters.map(\.patienceEnd)
    }
    return moments.min()
  }
}

extension LookupOutcome {
  fileprivate var hasAddresses: Bool {
    if case .addresses = self { true } else { false }
  }
}
