import Catalog
import Testing

/// Readers of all kinds over one world, by turns.
struct QueryRun {
  private let world: QueryWorld
  private var lists: [ListWalk] = []
  private var rests: [RESTWalk] = []
  private var differences: [DiffWalk] = []
  private var watches: [WatchWalk]
  private var listTags = PageTags<PageFacts>()
  private var restTags = PageTags<String>()
  private var now = ContinuousClock.now

  init(seed: UInt64, limits: HistoryLimits) async throws {
    let world = try await QueryWorld(seed: seed, limits: limits)
    self.world = world
    watches = try (0..<4).map { _ in try WatchWalk(world) }
  }

  /// Something happens, and everyone reads a little or begins anew.
  mutating func step(_ number: Int) async throws {
    now += .milliseconds(world.random.number(0...4_000))
    if number <= 4 { for _ in 0..<3 { try await world.change() } }
    if world.random.one(in: 12) { try world.restart() }
    var list = ListWalk(world)
    try await list.step(tags: &listTags)
    if !list.isOver { lists.append(list) }
    var rest = RESTWalk(world)
    try await rest.step(tags: &restTags)
    if !rest.isOver { rests.append(rest) }
    var difference = DiffWalk(world)
    try await difference.step()
    if !difference.isOver { differences.append(difference) }
    for _ in 0..<3 {
      try await world.meddle()
      try await goOn()
    }
    for index in watches.indices { try watches[index].step(now: now) }
  }

  /// One page more for some of those that are not done.
  private mutating func goOn() async throws {
    if let index = lists.indices.randomElement(using: &world.random) {
      try await lists[index].step(tags: &listTags)
      if lists[index].isOver { lists.remove(at: index) }
    }
    if let index = rests.indices.randomElement(using: &world.random) {
      try await rests[index].step(tags: &restTags)
      if rests[index].isOver { rests.remove(at: index) }
    }
    if let index = differences.indices.randomElement(using: &world.random) {
      try await differences[index].step()
      if differences[index].isOver { differences.remove(at: index) }
    }
  }

  /// Reads all to their ends.
  mutating func finish() async throws {
    for index in lists.indices {
      while !lists[index].isOver { try await lists[index].step(tags: &listTags) }
    }
    for index in rests.indices {
      while !rests[index].isOver { try await rests[index].step(tags: &restTags) }
    }
    for index in differences.indices {
      while !differences[index].isOver { try await differences[index].step() }
    }
    for index in watches.indices { try watches[index].finish(now: now) }
  }
}
