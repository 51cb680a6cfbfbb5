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
    settings.stallAfter = .seconds(1_000_000)
    var engine = try TrackerHarness(settings)
    var failures = 0
    var missed = 0
    var hasServed = false
    var isBusy = false
    // Since when the engine has not told how it is, by its own word or because it is busy.
    var heldSince: Duration?
    for _ in 0..<500 {
      let outcome = Self.outcome(&random)
      let before = (facts: engine.facts, models: engine.models)
      let settled = engine.probe(
        outcome, after: .milliseconds(Int.random(in: 1...20_000, using: &random)), isFrozen: random.next() % 3 == 0)
      let wasHolding = heldSince != nil

      #expect((settled.observation != nil) == (before.facts != engine.facts || before.models != engine.models))
      #expect((settled.change != nil) == (before.facts?.condition.state != engine.state))
      #expect(engine.facts == engine.tracker.facts)
      #expect(settled.delay >= settings.confirmation && settled.delay <= .seconds(30))
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
      if let inFlight = outcome.report?.serverLoad { isBusy = inFlight > 0 }
      // What it listed, if that is believed.
      var told: EngineReport?
      switch outcome {
      case .notNow, .down(_, isCertain: false, cause: .unanswered): heldSince = heldSince ?? engine.up
      case .ownFailure: break
      default: heldSince = nil
      }
      switch outcome {
      case .notNow(_, _, let report):
        failures += 1
        let old = before.facts?.condition.state
        guard let since = heldSince, let old, old != .unreachable else {
          #expect(engine.state == old || engine.state == .unreachable || engine.facts == nil)
          break
        }
        // The walk may find an engine already held for being busy.
        let isHeld = engine.up - since < settings.holdLimit
        if isHeld { #expect(engine.state == old) }
        if isHeld { told = report }
        if !isHeld, !wasHolding { Issue.record("a hold ends before it begins") }
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
      case .down(_, let isCertain, let cause):
        failures += isCertain ? settings.fall : 1
        if isCertain { isBusy = false }
        if cause == .unanswered, isBusy, let since = heldSince, engine.up - since < settings.holdLimit,
          let old = before.facts?.condition.state, old != .unreachable
        {
          #expect(engine.state == old)
        }
        #expect(before.facts != nil || engine.facts == nil || before.models == nil)
      }
      if case .down(_, isCertain: true, cause: _) = outcome { hasServed = false }
      if engine.facts == nil { hasServed = false }
      if heldSince == nil {
        if engine.state == .ready { #expect(failures < settings.fall) }
        if failures >= settings.fall { #expect([nil, .failed, .unreachable].contains(engine.state)) }
      } else if let since = heldSince, engine.up - since >= settings.holdLimit + .seconds(20) {
        // Whatever holds its state, no engine is READY for long without its own word.
        if missed == 0 { #expect(engine.state != .ready) }
      }
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
    switch random.next() % 23 {
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
    case 13: .notNow("GET /v1/models: 429", wait: random.next() % 2 == 0 ? .seconds(30) : nil)
    case 14: .notNow("GET /health: 429", wait: nil, listed("a"))
    case 15: ProbeFailure.unanswered.outcome
    case 12: .unhealthy("GET /health: 503", random.next() % 2 == 0 ? listed("a") : nil)
    case 19: busy()
    default: .serving("a", "b")
    }
  }

  private static func busy() -> ProbeOutcome {
    var report = EngineReport(
      kind: .vllm, version: "1",
      models: [ReportedModel(ReplicaFacts(modelID: "a")), ReportedModel(ReplicaFacts(modelID: "b"))])
    report.serverLoad = 3
    return .healthy(report)
  }

  private static func listed(_ id: String) -> EngineReport {
    EngineReport(kind: .vllm, models: [ReportedModel(ReplicaFacts(modelID: id))])
  }
}
