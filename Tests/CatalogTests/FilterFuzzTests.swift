import Catalog
import TestKit
import Testing

@Suite("Random filters and orders")
struct FilterFuzzTests {
  /// What the grammar is made of, and what it is not.
  private static let pieces =
    [
      "(", ")", "AND", "OR", "NOT", "-", " ", "\t", "\"", "'", "\\", "*", ".", ":", "=", "!=", "<", "<=", ">", ">=",
      ",",
    ]
    + [
      "id", "labels", "labels.x", "replicas", "replicas.state", "readings.e2e_p50", "created", "state", "READY",
      "max_model_len",
    ]
    + [
      "5", "1.5", "2026-11-22T10:00:00Z", "\u{0}", "\u{7f}", "é", "e\u{301}", "👨‍👩‍👧", "\u{feff}", "desc", "asc", "x", "!",
      "f(",
    ]

  @Test
  func `random bytes give a predicate or an error with a position in the text`() {
    var random = RandomFilters(random: SeededGenerator(seed: 1))
    for _ in 0..<1_500 {
      let count = Int.random(in: 0..<60, using: &random.random)
      check(String(decoding: (0..<count).map { _ in UInt8.random(in: 0...255, using: &random.random) }, as: UTF8.self))
      check((0..<count / 3).map { _ in random.pick(Self.pieces) }.joined())
    }
  }

  @Test
  func `a filter with one random change gives a predicate or an error with a position in the text`() throws {
    var random = RandomFilters(random: SeededGenerator(seed: 2))
    var right = 0
    for _ in 0..<1_000 {
      let text = random.filter()
      #expect(throws: Never.self, "\(text)") { try Filter(text) }
      var scalars = Array(text.unicodeScalars)
      let place = Int.random(in: 0..<scalars.count, using: &random.random)
      switch Int.random(in: 0..<4, using: &random.random) {
      case 0: scalars.remove(at: place)
      case 1: scalars.removeSubrange(place...)
      case 2: scalars.insert(contentsOf: random.pick(Self.pieces).unicodeScalars, at: place)
      default: scalars.swapAt(place, Int.random(in: 0..<scalars.count, using: &random.random))
      }
      var mutated = String.UnicodeScalarView()
      mutated.append(contentsOf: scalars)
      if check(String(mutated)) { right += 1 }
    }
    #expect(right > 100 && right < 900)
  }

  @Test
  func `the most hostile texts of full length are parsed and matched quickly`() throws {
    let text = String(repeating: "a", count: 3_000)
    let model = Model(key: key(text), state: .ready, created: moment(1), labels: ["x": text])
    for hostile in [
      String(repeating: "(", count: 4_096), String(repeating: "-", count: 4_096),
      String(repeating: "NOT ", count: 1_024),
      String(repeating: "\"\\\\", count: 1_365), String(repeating: "labels.", count: 585),
      String(repeating: "a:", count: 2_048),
      "id = " + String(repeating: "*a", count: 16) + "b", "id:" + String(repeating: "a", count: 2_000) + "b",
      String(repeating: "a ", count: 100),
      String(repeating: "e" + String(repeating: "\u{301}", count: 200), count: 9) + " = 1",
    ] + [100, 1_000_000].map({ String(repeating: "(a OR ", count: $0) }) {
      let filter = try? Filter(hostile)
      if filter == nil { check(hostile) }
      #expect(filter?.matches(model, .none) != true || hostile.hasPrefix("a "))
    }
  }

  /// Whether it is a filter; matches all samples with it then.
  @discardableResult
  private func check(_ text: String) -> Bool {
    for parse in [{ _ = try Order(text) }, { _ = try Filter(text) }] {
      do {
        try parse()
      } catch let error as QueryTextError {
        #expect(1...(text.unicodeScalars.count + 1) ~= error.position && !error.message.isEmpty, "\(text)")
      } catch {
        Issue.record(error)
      }
    }
    guard let filter = try? Filter(text) else { return false }
    for model in FilterSamples.models { _ = filter.matches(model, .none) }
    return true
  }
}
