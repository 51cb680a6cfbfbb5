import Fleet

/// The engines that the source looks up one by one, because a complete part omits them. A value without I/O: time is an
/// argument.
struct LookupQueue: Sendable {
  /// The most lookups at the same time.
  static let limit = 16
  /// The pause after the first failure, and the longest pause.
  static let backOff: ClosedRange<Duration> = .seconds(1)...(.seconds(30))

  typealias Instant = ContinuousClock.Instant

  private var waiting: ArraySlice<OmittedEngine> = []
  /// Lookups on their way, each with whether its result counts.
  private var running: [OmittedEngine: Bool] = [:]
  /// Engines that the server does not have and that still count.
  private var denied: Set<OmittedEngine> = []
  /// Engines that are looked up only to see whether the server permits it.
  private var trials: Set<OmittedEngine> = []
  /// No lookup starts before.
  private var resumption: Instant?
  private var delay: Duration?

  /// Whether a lookup is on its way.
  var isRunning: Bool { !running.isEmpty }

  /// Takes the engines that the fleet waits for: all of them, at each answer.
  mutating func expect(_ omitted: [OmittedEngine]) {
    let wanted = Set(omitted).union(trials)
    denied.formIntersection(wanted)
    for engine in running.keys where !wanted.contains(engine) { running[engine] = false }
    let kept = waiting.filter(wanted.contains)
    let known = Set(kept)
    waiting =
      kept[...] + omitted.filter { !known.contains($0) && running[$0] != true && !denied.contains($0) }
  }

  /// Looks an engine up to see whether the server permits it.
  mutating func attempt(_ engine: OmittedEngine) {
    guard running[engine] == nil, trials.insert(engine).inserted else { return }
    waiting.append(engine)
  }

  /// The next lookup to start; nil: none may start now.
  mutating func start(at now: Instant) -> OmittedEngine? {
    guard running.count < Self.limit, resumption.map({ $0 <= now }) ?? true else { return nil }
    guard let index = waiting.firstIndex(where: { running[$0] == nil }) else { return nil }
    let engine = waiting[index]
    if index == waiting.startIndex { waiting.removeFirst() } else { waiting.remove(at: index) }
    running[engine] = true
    return engine
  }

  /// When `start` is to be tried again although nothing happens; nil: never.
  func wake(after now: Instant) -> Instant? {
    guard !waiting.isEmpty, let resumption, resumption > now else { return nil }
    return resumption
  }

  /// Ends a lookup. Returns whether its result counts.
  mutating func finish(_ engine: OmittedEngine) -> Bool {
    trials.remove(engine)
    return running.removeValue(forKey: engine) ?? false
  }

  /// Notes that the server answered a lookup. A pause that another lookup began goes on: the server may ask for it.
  mutating func succeeded() { delay = nil }

  /// Notes that the server does not have an engine. While the engine counts it is looked up again after each list.
  mutating func deny(_ engine: OmittedEngine) { denied.insert(engine) }

  /// Puts an engine back whose lookup failed, and pauses. `least`: the shortest pause; nil: the server asks for none.
  mutating func retry(_ engine: OmittedEngine, atLeast least: Duration?, at now: Instant) {
    waiting.append(engine)
    // Lookups that fail side by side are one failure.
    if resumption.map({ $0 <= now }) ?? true {
      delay = min(delay.map { $0 * 2 } ?? Self.backOff.lowerBound, Self.backOff.upperBound)
    }
    let pause = max(delay ?? Self.backOff.lowerBound, least ?? .zero) * Double.random(in: 1...1.5)
    resumption = max(resumption ?? now, now + pause)
  }

  /// Looks the chosen engines up anew: the server may have answered their lookups before something else was seen.
  mutating func restart(_ isChosen: (OmittedEngine) -> Bool) {
    for (engine, counts) in running where counts && isChosen(engine) {
      running[engine] = false
      waiting.append(engine)
    }
  }

  /// Notes a new list of a part: earlier answers of the server do not count.
  mutating func restart(part: String) {
    restart { $0.part == part }
    denied = denied.filter { $0.part != part }
  }

  /// Drops the engines of a part that cannot be asked.
  mutating func drop(part: String) {
    waiting.removeAll { $0.part == part }
    trials = trials.filter { $0.part != part }
    denied = denied.filter { $0.part != part }
    for engine in running.keys where engine.part == part { running[engine] = false }
  }
}
