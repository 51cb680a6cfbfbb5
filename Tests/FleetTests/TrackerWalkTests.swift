import Catalog
import TestKit
import Testing

@testable import Fleet

@Suite("A random walk of one engine")
struct TrackerWalkTests {
  @Test(arguments: 0..<20 as Range<UInt64>)
  func `an engine's states obey the rules over a random walk`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var settings = ProbeSettings()
    settings.fall = Int.random(in: 1...3, using: &random)
    settings.rise = Int.random(in: 1...2, using: &random)
    settings.forgetAfter = .seconds(60)
    var engine = try TrackerHarness(settings)
    var failures = 0
    var missed = 0
    var hasServed = false
    for _ in 0..<500 {
      let outcome = Self.outcome(&random)
      let before = (facts: engine.facts, models: engine.models)
      let settled = engine.probe(
        outcome, after: .milliseconds(Int.random(in: 1...20_000, using: &random)), isFrozen: random.next() % 3 == 0)

      #expect((settled.observation != nil) == (before.facts != engine.facts || before.models != engine.models))
      #expect((settled.change != nil) == (before.facts?.condition.state != engine.state))
      #expect(engine.facts == engine.tracker.facts)
      #expect(settled.delay >= settings.confirmation && settled.delay <= .seconds(20))
      if before.facts?.condition.state == engine.state {
        #expect(before.facts?.condition.changedAt == engine.facts?.condition.changedAt)
      } else if let facts = engine.facts {
        #expect(facts.condition.changedAt == engine.wall)
      }
      if case .ownFailure = outcome {
        missed += 1
        #expect(before.facts?.condition.state == engine.state && before.models == engine.models)
        #expect(settled.observation == nil || missed == 2)
      } else {
        missed = 0
      }
      let isShown = engine.facts?.condition.reason.contains("not probed") ?? false
      #expect(isShown == (missed >= 2 && engine.facts != nil))
      // What it listed, if that is believed.
      var told: EngineReport?
      switch outcome {
      case .healthy(let report):
        failures = 0
        if engine.state == .ready {
          hasServed = true
          told = report
        }
      case .loading(_, let report):
        failures = 0
        hasServed = false
        told = report
        #expect(engine.state == .loading)
      case .draining(_, let report):
        failures = 0
        told = report
        #expect(engine.state == .draining)
      case .unhealthy(_, let report):
        failures = 0
        told = hasServed ? nil : report
        #expect(engine.state == (hasServed ? .failed : .loading))
      case .refused:
        failures = 0
        #expect(engine.state == .failed)
      case .broken: failures += 1
      case .ownFailure: break
      case .down(_, let isCertain, _):
        failures += isCertain ? settings.fall : 1
        #expect(before.facts != nil || engine.facts == nil || before.models == nil)
      }
      if case .down(_, isCertain: true, cause: _) = outcome { hasServed = false }
      if engine.facts == nil { hasServed = false }
      if engine.state == .ready { #expect(failures < settings.fall) }
      if failures >= settings.fall { #expect([nil, .failed, .unreachable].contains(engine.state)) }
      if engine.facts == nil {
        #expect(engine.models == nil)
      } else if let told {
        #expect(engine.models?.map(\.modelID) == told.models.map(\.facts.modelID))
      } else {
        #expect(engine.models == before.models)
      }
    }
  }

  private static func outcome(_ random: inout SeededGenerator) -> ProbeOutcome {
    switch random.next() % 20 {
    case 0: .loading("Loading model")
    case 1: .refused("401: check the key")
    case 2: .broken("not JSON")
    case 3, 4, 5: .timedOut
    case 6, 7: .refusedConnection
    case 8: .serving("a", version: nil)
    case 9: .serving("a", "b", kind: .llamacpp)
    case 10: .loading("starting", listed("a"))
    case 11: .draining("shutting down", random.next() % 2 == 0 ? listed("b") : nil)
    case 16, 17, 18: .ownFailure(random.next() % 2 == 0 ? .openFiles : .memory)
    case 12: .unhealthy("GET /health: 503", random.next() % 2 == 0 ? listed("a") : nil)
    default: .serving("a", "b")
    }
  }

  private static func listed(_ id: String) -> EngineReport {
    EngineReport(kind: .vllm, models: [ReportedModel(ReplicaFacts(modelID: id))])
  }
}
