import Foundation
import Testing

@testable import Fleet

/// Thousands of worlds, each a random walk of sources, engines and restarts, against the promises of DESIGN.md.
///
/// A world depends on its seed alone: `WORLD_SEED=7 swift test --filter WorldWalkTests` repeats the seventh, and
/// `WORLD_COUNT` sets how many there are.
@Suite(.serialized) struct WorldWalkTests {
  @Test func `Rollcall keeps its promises in every world`() async {
    let seed = number("WORLD_SEED")
    let first = seed ?? 0
    let count = number("WORLD_COUNT") ?? (seed == nil ? 120 : 1)
    var steps = 0
    var broken = 0
    for seed in first..<first + count where broken < 3 {
      var world = World(seed: seed)
      await world.go(60)
      if seed % 4 == 0 { await world.end() }
      steps += world.steps
      if world.broken != nil {
        broken += 1
        Issue.record("\(world.story)")
      }
    }
    print("\(count) worlds, \(steps) steps, \(broken) with a broken promise")
  }
}

/// A number in the environment; nil: there is none.
private func number(_ name: String) -> UInt64? {
  ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
}
