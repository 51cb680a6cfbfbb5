import TestKit
import Testing

@testable import Fleet

/// Probes never burst: how many start in each tenth of a second.
@Suite("The spread of probes")
struct ProbeSpreadTests {
  /// Engines whose probes take a while, and when each probe started.
  struct SpreadFleet {
    var harness: FleetHarness
    var starts: [Duration] = []
    private var flights: [(end: Duration, start: ProbeStart)] = []

    init(engines: Int, _ settings: ProbeSettings = ProbeSettings()) throws {
      harness = FleetHarness(settings)
      harness.received(try (0..<engines).map { try EngineSpec(url: "http://e\($0):1", id: "e\($0)") })
    }

    /// Looks every 5 ms, as a fleet does that is always busy.
    mutating func run(to end: Duration, probesTake: Duration = .milliseconds(20)) {
      while harness.up < end {
        let now = harness.now
        let ended = flights.prefix { $0.end <= now.up }.count
        for flight in flights.prefix(ended) {
          harness.state.finished(flight.start, .serving("m"), took: probesTake, at: now)
        }
        flights.removeFirst(ended)
        for start in harness.state.turn(at: now).starts {
          starts.append(now.up)
          flights.append((now.up + probesTake, start))
        }
        harness.up += .milliseconds(5)
      }
    }

    /// Starts in each tenth of a second of a time.
    func histogram(from: Duration, to: Duration) -> [Int] {
      var bars = Array(repeating: 0, count: Int((to - from) / .milliseconds(100)))
      for start in starts where from <= start && start < to { bars[Int((start - from) / .milliseconds(100))] += 1 }
      return bars
    }
  }

  /// Of 5,000 engines in a tenth of a second.
  static let mean = 100

  @Test func `a large fleet is probed evenly from the first sweep on`() throws {
    var fleet = try SpreadFleet(engines: 5_000)
    fleet.run(to: .seconds(30))
    let bars = fleet.histogram(from: .zero, to: .seconds(30))
    #expect(bars.max() ?? 0 < 2 * Self.mean, "\(bars)")
    #expect(bars.min() ?? 0 > Self.mean / 2, "\(bars)")
    #expect(fleet.harness.isSwept)
  }

  @Test(arguments: [100, 1_000])
  func `the second probes of a quick sweep spread over the interval`(engines: Int) throws {
    var fleet = try SpreadFleet(engines: engines)
    fleet.run(to: .seconds(20))
    let sweep = Duration.milliseconds(engines)
    #expect(fleet.starts.prefix { $0 <= sweep + .milliseconds(5) }.count >= engines, "each has a millisecond")
    let bars = fleet.histogram(from: sweep + .milliseconds(100), to: .seconds(20))
    // Of few engines chance brings more than the mean together.
    let mean = engines / 50
    #expect(bars.max() ?? 0 < 2 * mean + 8, "\(bars)")
  }

  @Test func `overdue probes are spread after a stall and fall back into step`() throws {
    var fleet = try SpreadFleet(engines: 5_000)
    fleet.run(to: .seconds(10))
    // The process was stopped.
    fleet.harness.up += .seconds(10)
    fleet.run(to: .seconds(40))
    let bars = fleet.histogram(from: .seconds(20), to: .seconds(40))
    #expect(bars.max() ?? 0 < 2 * Self.mean, "\(bars)")
    #expect(bars.prefix(35).reduce(0, +) > 5_000, "what is overdue is made up for: \(bars)")
    let later = bars.dropFirst(100)
    #expect(later.max() ?? 0 < Self.mean * 3 / 2, "\(later)")
  }

  @Test func `slow probes do not bunch`() throws {
    var settings = ProbeSettings()
    settings.concurrency = 5_000
    var fleet = try SpreadFleet(engines: 5_000, settings)
    fleet.run(to: .seconds(10))
    fleet.run(to: .seconds(12), probesTake: .seconds(2))
    fleet.run(to: .seconds(40))
    let bars = fleet.histogram(from: .seconds(20), to: .seconds(40))
    #expect(bars.max() ?? 0 < Self.mean * 3 / 2, "\(bars)")
  }

  @Test func `an engine is probed once in each interval`() throws {
    var fleet = try SpreadFleet(engines: 1)
    fleet.run(to: .seconds(500))
    let gaps = zip(fleet.starts.dropFirst(2), fleet.starts.dropFirst()).map { $0 - $1 }
    #expect((95...105).contains(fleet.starts.count))
    #expect(gaps.allSatisfy { .milliseconds(4_490) <= $0 && $0 <= .milliseconds(5_510) }, "\(gaps)")
    #expect(Set(gaps).count > 20, "with jitter")
  }

  @Test func `engines that count as frozen already leave places for proofs of new suspects`() throws {
    var settings = ProbeSettings()
    settings.concurrency = 16
    for (isRetry, expected) in [(false, 8), (true, 4)] {
      var plan = ProbePlan(settings, random: SeededGenerator(seed: 1))
      for number in 0..<12 { plan.add("e\(number)", isUnreachable: false, within: .zero, at: .zero) }
      plan.advance(to: .seconds(1))
      var proofs = 0
      while let start = plan.start(
        at: .seconds(1),
        { id in
          guard let spec = try? EngineSpec(url: "http://h:1", id: id) else { return nil }
          return ProbeRequest(
            spec: spec, proof: ProofRequest(modelIDs: ["m"], timeout: .seconds(15), isRetry: isRetry),
            timeout: .seconds(2))
        })
      {
        proofs += start.request.proof == nil ? 0 : 1
      }
      #expect(proofs == expected)
    }
  }
}
