import TestKit

/// Choices that are the same for the same seed.
struct Chance: RandomNumberGenerator {
  private var random: SeededGenerator

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
  }

  mutating func next() -> UInt64 { random.next() }

  mutating func one(in count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }

  mutating func pick<T>(_ choices: [T]) -> T { choices[Int.random(in: choices.indices, using: &random)] }

  mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

  mutating func some<T>(_ choices: [T], _ range: ClosedRange<Int>) -> [T] {
    (0..<number(range)).map { _ in pick(choices) }
  }

  mutating func shuffled<T>(_ values: [T]) -> [T] { values.shuffled(using: &random) }

  /// Others that go on from here.
  mutating func fork() -> Chance { Chance(seed: random.next()) }
}
