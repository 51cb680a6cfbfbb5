import Catalog
import Testing

@testable import Discovery

@Suite("States that tell the truth")
struct TrackerLifeTests {
  /// An engine whose server counts requests in flight.
  private func serving(_ load: Double, _ proof: Proof? = nil, _ models: [Discovery.ServedModel]? = nil) -> ProbeOutcome
  {
    var report = EngineReport(
      kind: .vllm, version: "1",
      models: models ?? [
        ServedModel(ReplicaFacts(modelID: "a-lora", kind: .adapter, parent: "m")),
        ServedModel(ReplicaFacts(modelID: "m")),
      ])
    report.serverLoad = load
    report.proof = proof
    return .healthy(report)
  }

  @Test func aSuspectIsAskedForATokenAtOnceAndFailsWithoutOne() throws {
    var engine = try TrackerHarness()
    engine.probe(serving(2))
    for _ in 0..<12 {
      #expect(engine.tracker.request.proof == nil)
      engine.probe(serving(2))
    }
    let settled = engine.probe(serving(2))
    #expect(settled.delay == .zero)
    #expect(engine.tracker.request.proof == ProofRequest(modelID: "m", timeout: .seconds(15)))
    #expect(engine.state == .ready)

    engine.probe(serving(2, .failed("no token within 15 s")), after: .seconds(15))
    #expect(engine.state == .failed)
    #expect(engine.facts?.condition.reason == "frozen: no token within 15 s")
    // Good answers do not bring it back.
    for _ in 0..<3 { engine.probe(serving(2)) }
    #expect(engine.state == .failed)
    #expect(engine.tracker.request.proof != nil)
    // A token does.
    engine.probe(serving(2, .passed))
    #expect(engine.state == .ready)
    #expect(engine.facts?.condition.reason == "")
  }

  @Test func anIdleEngineIsNeverASuspect() throws {
    var engine = try TrackerHarness()
    for _ in 0..<100 {
      engine.probe(serving(0))
      #expect(engine.tracker.request.proof == nil)
    }
  }

  @Test func proofOfLifeAsksTheIdleAndNeverWhatSleeps() throws {
    var settings = ProbeSettings()
    settings.proofOfLife = .seconds(30)
    let cold = ServedModel(ReplicaFacts(modelID: "cold"), state: .cold)
    let warm = ServedModel(ReplicaFacts(modelID: "warm"), state: .ready)
    for (models, asked) in [([cold, warm], "warm"), ([cold], nil)] {
      var engine = try TrackerHarness(settings)
      for _ in 0..<6 { engine.probe(serving(0, nil, models)) }
      #expect(engine.tracker.request.proof == nil)
      engine.probe(serving(0, nil, models))
      #expect(engine.tracker.request.proof?.modelID == asked)
    }
  }

  @Test func aFrozenEngineThatTimesOutForAMomentIsStillFrozen() throws {
    var engine = try TrackerHarness()
    for _ in 0..<14 { engine.probe(serving(1)) }
    engine.probe(serving(1, .failed("no token within 15 s")))
    engine.probe(.timedOut)
    engine.probe(.timedOut)
    #expect(engine.state == .unreachable)
    engine.probe(serving(1))
    #expect(engine.state == .failed)
    // Whoever refuses connections is another process when it answers again.
    engine.probe(.refusedConnection)
    engine.probe(serving(1))
    #expect(engine.state == .ready)
  }

  @Test func aFrozenEngineIsNotReadyAgainBecauseItsWatcherWasRestarted() throws {
    var engine = try TrackerHarness()
    for _ in 0..<14 { engine.probe(serving(1)) }
    engine.probe(serving(1, .failed("no token within 15 s")))
    var again = engine.restarted()
    let settled = again.probe(serving(0))
    #expect(settled.observation == nil && settled.delay == .zero)
    #expect(again.tracker.request.proof != nil)
    again.probe(serving(0, .passed))
    #expect(again.state == .ready)
  }

  @Test func anEngineIsLoadingUntilItFirstServesAndFailedAfter() throws {
    let listed = EngineReport(kind: .openai, models: [ServedModel(ReplicaFacts(modelID: "m"))])
    let unwell = ProbeOutcome.unhealthy("GET /health: 503", listed)
    var engine = try TrackerHarness()
    engine.probe(unwell)
    #expect(engine.state == .loading)
    #expect(engine.models?.map(\.modelID) == ["m"])
    #expect(engine.facts?.condition.reason == "GET /health: 503")
    engine.probe(.serving("m"))
    #expect(engine.state == .ready)
    engine.probe(unwell)
    #expect(engine.state == .failed)
    // It may be the same process that was cut off.
    engine.probe(.timedOut)
    engine.probe(unwell)
    #expect(engine.state == .failed)
    engine.probe(.refusedConnection)
    engine.probe(unwell)
    #expect(engine.state == .loading)
  }

  @Test func whatItsSourceEndsIsDrainingAtOnceAndReadyWhenThatIsTakenBack() throws {
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    let since = engine.facts?.condition.changedAt
    let url = engine.tracker.spec.url.description
    let ending = try EngineSpec(url: url, draining: "true")
    let at = engine.wall + .seconds(3)
    let edited = engine.tracker.edit(ending, at: at)
    #expect(!edited.isContactNew)
    engine.take(edited.observation)
    #expect(engine.state == .draining)
    #expect(engine.facts?.condition.changedAt == at)
    #expect(engine.facts?.condition.reason == "its source says that it ends")
    #expect(engine.probe(.serving("m")).observation == nil)
    var again = engine.restarted(as: ending)
    #expect(again.probe(.serving("m")).observation == nil)
    #expect(again.state == .draining)

    engine.probe(.refusedConnection)
    #expect(engine.state == .unreachable)
    engine.probe(.serving("m"))
    #expect(engine.state == .draining)
    engine.take(engine.tracker.edit(try EngineSpec(url: url), at: at).observation)
    #expect(engine.state == .ready)
    #expect(since != nil)
  }

  @Test func whatAnEngineDoesNotHaveIsNotAskedForAWhile() throws {
    var engine = try TrackerHarness()
    var report = EngineReport(kind: .vllm, version: "1", models: [ServedModel(ReplicaFacts(modelID: "m"))])
    report.missing = ["/load"]
    engine.probe(.healthy(report))
    #expect(engine.tracker.request.skipping == ["/load"])
    engine.probe(.serving("m"), after: .seconds(299))
    #expect(engine.tracker.request.skipping == ["/load"])
    engine.probe(.serving("m"), after: .seconds(1))
    #expect(engine.tracker.request.skipping == [])
  }
}
