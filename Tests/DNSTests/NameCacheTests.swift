import Testing

@testable import DNS
@testable import Fleet

/// The answers that are known and the lookups that run, at times that the tests choose.
@Suite("Names: answers and lookups")
struct NameCacheTests {
  /// A cache with a clock that is moved by hand.
  struct World {
    var cache: NameCache
    var now = ContinuousClock.Instant.now
    var waiter = 0

    init(_ limits: NameLimits = NameLimits()) {
      cache = NameCache(limits)
    }

    /// Asks for a name; nil: the caller waits, and `waiter` is its number.
    mutating func ask(_ name: String, within time: Duration = .seconds(2)) -> NameAnswer? {
      waiter += 1
      return cache.ask(name, waiter: waiter, within: time, at: now)
    }

    mutating func advance(_ time: Duration = .zero) -> NameCache.Turn {
      now += time
      return cache.advance(to: now)
    }

    mutating func finish(_ start: NameCache.Start, _ result: LookupOutcome) -> [NameCache.Settled] {
      cache.finished(start, result, at: now)
      return advance().settled
    }

    /// Looks a name up to its end.
    mutating func resolve(_ name: String, _ result: LookupOutcome) throws {
      #expect(ask(name) == nil)
      let start = try #require(advance().starts.first { $0.name == name })
      #expect(finish(start, result).map(\.waiter) == [waiter])
    }
  }

  static let found = LookupOutcome.addresses(["10.0.0.1"], lifetime: .seconds(5))
  static let addresses = NameAnswer.addresses(["10.0.0.1"])
  static let silent = LookupOutcome.failure(.noAnswer)

  @Test func `callers that wait for one name share one lookup`() throws {
    var world = World()
    #expect(world.ask("a") == nil)
    #expect(world.ask("a") == nil)
    let starts = world.advance().starts
    #expect(starts.map(\.name) == ["a"])
    #expect(world.ask("a") == nil)
    #expect(world.advance().starts.isEmpty)
    let settled = world.finish(starts[0], Self.found)
    #expect(settled == (1...3).map { NameCache.Settled(waiter: $0, answer: Self.addresses) })
  }

  @Test(arguments: [
    (Duration.zero, Duration.seconds(1)), (.seconds(5), .seconds(5)), (.seconds(3600), .seconds(10)),
  ])
  func `an answer is kept for its time to live, within limits`(lifetime: Duration, kept: Duration) throws {
    var world = World()
    try world.resolve("a", .addresses(["10.0.0.1"], lifetime: lifetime))
    world.now += kept - .milliseconds(1)
    #expect(world.ask("a") == Self.addresses)
    world.now += .milliseconds(1)
    #expect(world.ask("a") == nil)
  }

  @Test(arguments: [NameFailure.notFound, .noAnswer, .own(.openFiles)])
  func `a failure is kept for a second`(failure: NameFailure) throws {
    var world = World()
    try world.resolve("a", .failure(failure))
    world.now += .milliseconds(999)
    #expect(world.ask("a") == .failure(failure))
    world.now += .milliseconds(1)
    #expect(world.ask("a") == nil)
    #expect(world.advance().starts.map(\.name) == ["a"])
  }

  @Test func `addresses are used on for a minute while no name server answers`() throws {
    var world = World()
    try world.resolve("a", Self.found)
    world.now += .seconds(5)
    try world.resolve("a", Self.silent)
    #expect(world.ask("a") == Self.addresses)
    world.now += .seconds(59)
    try world.resolve("a", Self.silent)
    #expect(world.ask("a") == Self.addresses)
    world.now += .seconds(1)
    #expect(world.ask("a") == nil)
    let start = world.advance().starts[0]
    #expect(world.finish(start, Self.silent).map(\.answer) == [.failure(.noAnswer)])
  }

  @Test func `a caller with old addresses waits a quarter of a second for new ones`() throws {
    var world = World()
    try world.resolve("a", Self.found)
    world.now += .seconds(5)
    #expect(world.ask("a") == nil)
    let turn = world.advance()
    #expect(turn.wake == world.now + .milliseconds(250))
    #expect(world.advance(.milliseconds(249)).settled.isEmpty)
    #expect(world.advance(.milliseconds(1)).settled == [.init(waiter: world.waiter, answer: Self.addresses)])
    // The next caller does not wait again.
    #expect(world.ask("a") == Self.addresses)
    // The lookup goes on, and its result counts.
    _ = world.finish(turn.starts[0], .addresses(["10.0.0.2"], lifetime: .seconds(5)))
    #expect(world.ask("a") == .addresses(["10.0.0.2"]))
  }

  @Test func `a caller with little time waits a quarter of it`() throws {
    var world = World()
    try world.resolve("a", Self.found)
    world.now += .seconds(5)
    #expect(world.ask("a", within: .milliseconds(200)) == nil)
    #expect(world.advance().wake == world.now + .milliseconds(50))
    #expect(world.advance(.milliseconds(50)).settled.map(\.answer) == [Self.addresses])
  }

  @Test func `a name that is denied has no addresses any more`() throws {
    var world = World()
    try world.resolve("a", Self.found)
    world.now += .seconds(5)
    try world.resolve("a", .failure(.notFound))
    #expect(world.ask("a") == .failure(.notFound))
    world.now += .seconds(1)
    try world.resolve("a", Self.silent)
    #expect(world.ask("a") == .failure(.noAnswer))
  }

  @Test func `a lookup ends after its longest time, and a late result with addresses still counts`() throws {
    var world = World()
    #expect(world.ask("a") == nil)
    let turn = world.advance()
    #expect(turn.wake == world.now + .seconds(5))
    let settled = world.advance(.seconds(5)).settled
    #expect(settled == [.init(waiter: 1, answer: .failure(.noAnswer))])
    #expect(world.finish(turn.starts[0], Self.found).isEmpty)
    #expect(world.ask("a") == Self.addresses)
  }

  @Test func `a late failure does not replace a newer answer`() throws {
    var world = World()
    #expect(world.ask("a") == nil)
    let old = world.advance().starts[0]
    _ = world.advance(.seconds(5))
    world.now += .seconds(1)
    try world.resolve("a", Self.found)
    #expect(world.finish(old, .failure(.notFound)).isEmpty)
    #expect(world.ask("a") == Self.addresses)
  }

  @Test func `a caller that gives up ends no lookup, but one without a place is not begun`() throws {
    var world = World(Self.small)
    #expect(world.ask("a") == nil && world.ask("b") == nil && world.ask("c") == nil)
    let starts = world.advance().starts
    #expect(starts.map(\.name) == ["a", "b"])
    world.cache.giveUp(1, of: "a")
    world.cache.giveUp(3, of: "c")
    #expect(world.finish(starts[0], Self.found).isEmpty)
    #expect(world.advance().starts.isEmpty)
    #expect(world.ask("a") == Self.addresses)
    #expect(world.ask("c") == nil)
    #expect(world.advance().starts.map(\.name) == ["c"])
  }

  static let small: NameLimits = {
    var limits = NameLimits()
    limits.places = 2
    return limits
  }()

  @Test func `names in trouble take at most half of the places`() throws {
    var world = World()
    for number in 0..<1_000 { try world.resolve("bad\(number)", Self.silent) }
    world.now += .seconds(1)
    for number in 0..<1_000 { #expect(world.ask("bad\(number)") == nil) }
    #expect(world.advance().starts.count == 32)
    for number in 0..<32 { #expect(world.ask("good\(number)") == nil) }
    #expect(world.advance().starts.map(\.name) == (0..<32).map { "good\($0)" })
  }

  @Test func `a name in trouble keeps its turn when its caller gives up`() throws {
    var world = World(Self.small)
    for name in ["a", "b"] { try world.resolve(name, Self.silent) }
    world.now += .seconds(1)
    #expect(world.ask("a") == nil && world.ask("b") == nil)
    let first = world.advance().starts
    #expect(first.map(\.name) == ["a"])
    world.cache.giveUp(world.waiter, of: "b")
    _ = world.finish(first[0], Self.silent)
    #expect(world.cache.runningCount == 1)
  }

  @Test func `a name that is denied is not in trouble`() throws {
    var world = World()
    for number in 0..<100 { try world.resolve("unknown\(number)", .failure(.notFound)) }
    world.now += .seconds(1)
    for number in 0..<100 { #expect(world.ask("unknown\(number)") == nil) }
    #expect(world.advance().starts.count == 64)
  }

  @Test func `lookups that gave way and still run are bounded`() throws {
    var limits = Self.small
    limits.displaced = 4
    var world = World(limits)
    for number in 0..<100 { #expect(world.ask("bad\(number)") == nil) }
    var begun = world.advance().starts.count
    var most = 0
    for _ in 0..<16 {
      let turn = world.advance(.milliseconds(300))
      begun += turn.starts.count
      most = max(most, world.cache.displacedCount)
      #expect(turn.wake.map { $0 > world.now } ?? false, "no turn comes before there is room")
    }
    #expect(most == 4 && begun == 6)
    // The first have ended by now, so others begin.
    #expect(!world.advance(.milliseconds(300)).starts.isEmpty)
  }

  @Test func `names that have never been asked for and hang give way to others`() throws {
    var world = World()
    for number in 0..<1_000 { #expect(world.ask("bad\(number)") == nil) }
    #expect(world.ask("good") == nil)
    var begun = Set(world.advance().starts.map(\.name))
    var waited = Duration.zero
    while !begun.contains("good"), waited < .seconds(60) {
      waited += .milliseconds(250)
      begun.formUnion(world.advance(.milliseconds(250)).starts.map(\.name))
    }
    #expect(waited <= .seconds(4))
    // Each of them is asked for again when its turn comes.
    while begun.count < 1_001, waited < .seconds(60) {
      waited += .milliseconds(250)
      begun.formUnion(world.advance(.milliseconds(250)).starts.map(\.name))
    }
    #expect(begun.count == 1_001)
  }

  @Test func `a name that gave way gets its answer when it comes`() throws {
    var world = World(Self.small)
    for name in ["a", "b", "c"] { #expect(world.ask(name) == nil) }
    let first = world.advance().starts
    #expect(world.advance(.milliseconds(250)).starts.map(\.name) == ["c"])
    #expect(world.finish(first[0], Self.found) == [.init(waiter: 1, answer: Self.addresses)])
  }

  @Test func `more lookups than places never run`() throws {
    var world = World()
    var random = SystemRandomNumberGenerator()
    var open: [NameCache.Start] = []
    for _ in 0..<2_000 {
      for _ in 0..<Int.random(in: 0..<40, using: &random) {
        _ = world.ask("name\(Int.random(in: 0..<300, using: &random))")
        if Bool.random(using: &random) {
          let name = "name\(Int.random(in: 0..<300, using: &random))"
          world.cache.giveUp(Int.random(in: 0...world.waiter, using: &random), of: name)
        }
      }
      open += world.advance(.milliseconds(Int.random(in: 0..<400, using: &random))).starts
      #expect(world.cache.runningCount <= 64)
      while !open.isEmpty, Int.random(in: 0..<3, using: &random) > 0 {
        let start = open.remove(at: Int.random(in: 0..<open.count, using: &random))
        let results = [Self.found, Self.silent, .failure(.notFound)]
        _ = world.finish(start, results[Int.random(in: 0..<3, using: &random)])
      }
    }
    // All that is left ends by itself.
    for _ in 0..<200 { _ = world.advance(.seconds(5)) }
    #expect(world.cache.runningCount == 0)
    #expect(world.advance().wake == nil)
  }

  @Test func `a name that no caller needs is forgotten`() throws {
    var world = World()
    try world.resolve("a", Self.found)
    _ = world.advance(.seconds(119))
    try world.resolve("b", Self.found)
    #expect(world.cache.count == 2)
    _ = world.advance(.seconds(120))
    #expect(world.cache.count == 0 || world.cache.count == 1)
    _ = world.advance(.seconds(120))
    #expect(world.cache.count == 0)
  }
}
