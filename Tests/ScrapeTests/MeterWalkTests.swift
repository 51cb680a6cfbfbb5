import Catalog
import TestKit
import Testing

@testable import Scrape

/// Random lives of engines against what their counters truly did.
struct MeterWalkTests {
  /// One process, of several series, as it counts.
  private struct World {
    var counts: [Int: Int] = [:]
    var started = 1_000.0
    var tellsStart: Bool

    var body: String {
      let lines = counts.sorted { $0.key < $1.key }.map { "tokens_total{e=\"\($0.key)\"} \($0.value)\n" }
      return (tellsStart ? "start \(started)\n" : "") + lines.joined()
    }
  }

  @Test(arguments: 0..<40) func `rates follow the counters over any restarts`(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var world = World(tellsStart: seed % 2 == 0)
    for engine in 0..<Int.random(in: 1...3, using: &random) { world.counts[engine] = 0 }
    var meter = Meter()
    var clock = 0.0
    var before: [Int: Int]?
    for _ in 0..<200 {
      let elapsed = Double(Int.random(in: 1...600, using: &random)) / 8
      clock += elapsed
      var isRestarted = false
      if before != nil, Int.random(in: 0..<10, using: &random) == 0 {
        isRestarted = true
        world.started += 100
        for engine in world.counts.keys { world.counts[engine] = 0 }
      }
      for engine in world.counts.keys where Bool.random(using: &random) {
        world.counts[engine, default: 0] += Int.random(in: 0...5_000, using: &random)
      }
      if Int.random(in: 0..<20, using: &random) == 0 { world.counts[Int.random(in: 3...9, using: &random)] = 7 }
      if Int.random(in: 0..<20, using: &random) == 0, world.counts.count > 1 {
        world.counts.removeValue(forKey: world.counts.keys.sorted()[1])
      }
      let measured = meter.read(world.body, at: clock)
      let expected = before.flatMap { increase(from: $0, to: world, isRestarted: isRestarted) }
      let told = measured.load.readings?.generationTokensPerSecond
      #expect(told == expected.map { Double($0) / elapsed })
      #expect(measured.hasProgressed == (expected.map { $0 > 0 } ?? false))
      if world.tellsStart { #expect(measured.isRestarted == (isRestarted || hasFallen(before, world.counts))) }
      before = world.counts
    }
  }

  /// As Prometheus' `increase`, series by series; a restart that is told is believed.
  private func increase(from before: [Int: Int], to world: World, isRestarted: Bool) -> Int? {
    if isRestarted, world.tellsStart { return world.counts.values.reduce(0, +) }
    let known = world.counts.filter { before[$0.key] != nil }
    guard !known.isEmpty else { return nil }
    return known.map { $0.value < before[$0.key, default: 0] ? $0.value : $0.value - before[$0.key, default: 0] }
      .reduce(0, +)
  }

  private func hasFallen(_ before: [Int: Int]?, _ now: [Int: Int]) -> Bool {
    now.contains { key, value in before?[key].map { value < $0 } ?? false }
  }
}
