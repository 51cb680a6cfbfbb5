import Catalog
import TestKit

@testable import Fleet

/// A world of engines and sources that get into troubles, and the Rollcall that watches them.
struct World {
  /// The kinds of trouble that a world has. Each world has some of them, so that each pair meets without the others.
  struct Troubles: OptionSet {
    let rawValue: Int
    static let restarts = Troubles(rawValue: 1)
    static let silence = Troubles(rawValue: 2)
    static let partial = Troubles(rawValue: 4)
    static let mistakes = Troubles(rawValue: 8)
    static let reuse = Troubles(rawValue: 16)
    static let reloads = Troubles(rawValue: 32)
    static let deaths = Troubles(rawValue: 64)
    static let keys = Troubles(rawValue: 128)
    static let lostWrites = Troubles(rawValue: 256)
    static let longTimes = Troubles(rawValue: 512)
    static let halves = Troubles(rawValue: 1024)
    static let refusals = Troubles(rawValue: 2048)
    static let freezes = Troubles(rawValue: 4096)
    static let names = Troubles(rawValue: 8192)
    static let own = Troubles(rawValue: 16384)
    static let clocks = Troubles(rawValue: 32768)
    static let disks = Troubles(rawValue: 65536)
    static let all = Troubles(rawValue: 131_071)
  }

  let seed: UInt64
  let troubles: Troubles
  let settings: ProbeSettings
  var random: SeededGenerator
  var truth = WorldTruth()
  var sources: [WorldSource]
  var fleet: WorldFleet
  var promises: WorldPromises
  /// The last steps in words.
  private(set) var trace: [String] = []
  private(set) var steps = 0
  /// The first broken promise; nil while all are kept.
  var broken: String?
  var lastCreated = 0

  init(seed: UInt64, troubles allowed: Troubles = .all) {
    var random = SeededGenerator(seed: seed)
    self.seed = seed
    troubles = allowed.intersection(Troubles(rawValue: Int(random.next() % 131_072)))
    var settings = ProbeSettings()
    settings.interval = .seconds([5, 20, 60].randomElement(using: &random) ?? 5)
    settings.fall = Int.random(in: 1...3, using: &random)
    settings.rise = Int.random(in: 1...2, using: &random)
    settings.forgetAfter = .seconds([5, 60, 300, 900].randomElement(using: &random) ?? 900)
    if troubles.contains(.freezes) {
      settings.stallAfter = .seconds([10, 60].randomElement(using: &random) ?? 60)
      settings.proofOfLife = [nil, .seconds(10), .seconds(60)].randomElement(using: &random) ?? nil
      settings.proofTimeout = .seconds([2, 15].randomElement(using: &random) ?? 15)
    }
    self.settings = settings
    sources = Self.sources.filter { $0.isOwn || random.next() % 2 == 0 }
    for index in sources.indices where random.next() % 5 == 0 { sources[index].isAskable = false }
    let expected = Set(sources.map(\.id))
    fleet = WorldFleet(settings, expecting: expected, seed: random.next())
    promises = WorldPromises(settings)
    self.random = random
    for index in sources.indices where sources[index].isOwn { report(index) }
  }

  private static var sources: [WorldSource] {
    [
      WorldSource(.static, .declared, parts: [WorldPart("")]),
      WorldSource(.registration, .declared, parts: [WorldPart("")]),
      WorldSource(
        "kubernetes/k", .reported, isAskable: true,
        parts: [
          WorldPart("pods/ns-a", tenant: "ns-a"), WorldPart("pods/ns-b", tenant: "ns-b"),
          WorldPart("deployments/ns-a", tenant: "ns-a"),
        ]),
      WorldSource("file/f", .edited, parts: [WorldPart("")]),
      WorldSource("dns/a", .reported, parts: [WorldPart("", tenant: "ns-a")]),
      WorldSource("dns/b", .reported, parts: [WorldPart("", tenant: "ns-b")]),
      WorldSource("peer/west", .reported, parts: [WorldPart("", tenant: "ns-a")]),
    ]
  }

  // MARK: - Chance

  mutating func chance(_ percent: Int) -> Bool { Int(random.next() % 100) < percent }

  mutating func pick<Element>(_ elements: [Element]) -> Element? { elements.randomElement(using: &random) }

  /// Notes a step in words.
  mutating func say(_ text: String) {
    trace.append("\(fleet.now) \(text)")
    if trace.count > 400 { trace.removeFirst(100) }
  }

  /// The broken promise and the way there.
  var story: String {
    "WORLD_SEED=\(seed), fall \(settings.fall), rise \(settings.rise), interval \(settings.interval), forget after "
      + "\(settings.forgetAfter): \(broken ?? "all promises are kept")\n  "
      + trace.suffix(40).joined(separator: "\n  ") + "\n  \(fleet.now) the list: \(fleet.words)"
  }

  // MARK: - Steps

  /// Goes a number of steps, until a promise is broken.
  mutating func go(_ count: Int) async {
    for _ in 0..<count where broken == nil {
      steps += 1
      act()
      if chance(troubles.contains(.lostWrites) ? 30 : 95) { store() }
      await pass(pause())
      if steps % 20 == 0, broken == nil { broken = promises.checkSize(fleet) }
    }
  }

  /// Lets everything end, and every source tell so.
  mutating func end() async {
    healServer()
    for address in truth.used { truth.stop(at: address) }
    for index in sources.indices {
      sources[index].isSilent = false
      for part in sources[index].parts.indices {
        sources[index].parts[part].objects = []
        sources[index].parts[part].trouble = .none
      }
    }
    say("everything ends")
    for _ in 0..<3 {
      for index in sources.indices where sources[index].isConfigured {
        report(index)
        lookUp(index)
      }
      await pass(.seconds(610))
    }
    if broken == nil { broken = promises.checkEnd(fleet, sources: sources.count) }
  }

  mutating func check() {
    if broken == nil { broken = promises.check(&fleet, truth) }
  }

  private mutating func pause() -> Duration {
    let (interval, roll) = (settings.interval, random.next() % 100)
    switch roll {
    case 0..<15: return .zero
    case 15..<40: return .milliseconds(Int.random(in: 1...2_000, using: &random))
    case 40..<75: return interval * Double.random(in: 0...1.5, using: &random)
    case 75..<95: return interval * Double.random(in: 1...6, using: &random)
    default:
      guard troubles.contains(.longTimes) else { return interval * 10 }
      return .seconds(Int.random(in: 100...1_300, using: &random))
    }
  }

  private mutating func pass(_ time: Duration) async {
    await fleet.run(to: fleet.now + time, truth)
    if time > .seconds(90) { say("\(time) pass") }
    check()
  }

  private mutating func store() {
    guard !fleet.isSinkFailing else { return }
    fleet.store()
    promises.claims.store(at: fleet.now)
  }

  /// A source reports, unless it cannot.
  mutating func report(_ index: Int, strangers: [WorldObject] = []) {
    guard broken == nil, sources[index].isConfigured else { return }
    let id = sources[index].id
    guard !sources[index].isSilent else {
      say("\(id) does not answer")
      promises.failed(id)
      fleet.failed(id)
      check()
      return
    }
    let answer = sources[index].answer(isWatching: chance(60), strangers: strangers, with: &random)
    say(Self.words(answer))
    promises.received(answer, fleet)
    for engine in fleet.received(answer) where !sources[index].lookups.contains(engine) {
      sources[index].lookups.append(engine)
    }
    check()
  }

  /// The source's look-ups are answered.
  mutating func lookUp(_ index: Int) {
    let denied = sources[index].lookUp()
    guard !denied.isEmpty else { return }
    say("\(sources[index].id) denies \(denied.map(\.id).joined(separator: ", "))")
    promises.claims.denied(sources[index].id, denied)
    fleet.denied(sources[index].id, denied)
    check()
  }

  mutating func restart() {
    let pause: Duration = chance(50) ? .milliseconds(300) : .seconds(Int.random(in: 1...400, using: &random))
    let before = Set(fleet.stored.keys)
    let configured = Set(sources.filter(\.isConfigured).map(\.id))
    fleet.restart(after: pause, expecting: configured, seed: random.next())
    say("RESTART, \(before.count) engines are stored: \(before.sorted().joined(separator: ", "))")
    promises.restart(fleet, configured: configured)
    for index in sources.indices { sources[index].restart() }
    check()
    for index in sources.indices where sources[index].isOwn || chance(40) { report(index) }
  }

  private static func words(_ answer: SourceAnswer) -> String {
    let parts = answer.parts.map { part in
      let engines =
        part.engines.map { "\($0.id)\($0.podUID.isEmpty ? "" : "#\($0.podUID)")@\($0.url.authority) \(hint($0))" }
        + part.unprobed.map { "\($0.facts.id) (not probed)" }
      let ended = part.ended.isEmpty ? "" : ", ended \(part.ended.sorted().joined(separator: ", "))"
      return "\(part.name) [\(engines.joined(separator: ", "))]\(part.isComplete ? "" : " INCOMPLETE")\(ended)"
    }
    return "\(answer.source) answers \(parts.joined(separator: "; "))"
  }

  private static func hint(_ spec: EngineSpec) -> String {
    spec.namespace + (spec.lifecycle == .none ? "" : " ending")
  }
}
