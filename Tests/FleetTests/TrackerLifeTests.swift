import Catalog
import Scrape
import TestKit
import Testing

@testable import Fleet

@Suite("The states of a live engine")
struct TrackerLifeTests {
  /// An engine whose server counts requests in flight.
  private func serving(_ load: Double, _ proof: Proof? = nil, _ models: [Fleet.ReportedModel]? = nil) -> ProbeOutcome {
    var report = EngineReport(
      kind: .vllm, version: "1",
      models: models ?? [
        ReportedModel(ReplicaFacts(modelID: "a-lora", kind: .adapter, parent: "m")),
        ReportedModel(ReplicaFacts(modelID: "m")),
      ])
    report.serverLoad = load
    report.proof = proof
    return .healthy(report)
  }

  @Test func `a suspect is asked for a token at once and fails without one`() throws {
    var engine = try TrackerHarness()
    // Its first report counts already.
    engine.probe(serving(2))
    for _ in 0..<11 {
      #expect(engine.tracker.request.proof == nil)
      engine.probe(serving(2))
    }
    let settled = engine.probe(serving(2))
    #expect(settled.delay == .zero)
    #expect(engine.tracker.request.proof == ProofRequest(modelIDs: ["m", "a-lora"], timeout: .seconds(15)))
    #expect(engine.state == .ready)

    engine.probe(serving(2, .failed("no token within 15 s")), after: .seconds(15))
    #expect(engine.state == .failed)
    #expect(engine.facts?.condition.reason == "frozen: no token within 15 s")
    // Good answers do not bring it back.
    for _ in 0..<3 { engine.probe(serving(2)) }
    #expect(engine.state == .failed)
    #expect(engine.tracker.request.proof != nil)
    // A token does.
    engine.probe(serving(2, .passed(.completion)))
    #expect(engine.state == .ready)
    #expect(engine.facts?.condition.reason == "")
  }

  @Test func `an idle engine is never a suspect`() throws {
    var engine = try TrackerHarness()
    for _ in 0..<100 {
      engine.probe(serving(0))
      #expect(engine.tracker.request.proof == nil)
    }
  }

  @Test func `a proof of life asks an idle engine and never a sleeping model`() throws {
    var settings = ProbeSettings()
    settings.proofOfLife = .seconds(30)
    let cold = ReportedModel(ReplicaFacts(modelID: "cold"), state: .cold)
    let warm = ReportedModel(ReplicaFacts(modelID: "warm"), state: .ready)
    for (models, asked) in [([cold, warm], "warm"), ([cold], nil)] {
      var engine = try TrackerHarness(settings)
      for _ in 0..<6 { engine.probe(serving(0, nil, models)) }
      #expect(engine.tracker.request.proof == nil)
      engine.probe(serving(0, nil, models))
      #expect(engine.tracker.request.proof?.modelIDs == asked.map { [$0] })
    }
  }

  @Test func `a frozen engine that times out for a moment is still frozen`() throws {
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

  @Test func `a frozen engine is not READY again because Rollcall restarts`() throws {
    var engine = try TrackerHarness()
    for _ in 0..<14 { engine.probe(serving(1)) }
    engine.probe(serving(1, .failed("no token within 15 s")))
    var again = engine.restarted()
    let settled = again.probe(serving(0))
    #expect(settled.observation == nil && settled.delay == .zero)
    #expect(again.tracker.request.proof != nil)
    again.probe(serving(0, .passed(.completion)))
    #expect(again.state == .ready)
  }

  /// What an engine answers whose metrics tell whether it is awake.
  private func told(awake: Bool, _ proof: Proof? = nil, hasMetrics: Bool = true) -> ProbeOutcome {
    var report = EngineReport(kind: .vllm, version: "1", models: [ReportedModel(ReplicaFacts(modelID: "m"))])
    let body = "vllm:engine_sleep_state{sleep_state=\"awake\"} \(awake ? 1 : 0)\nvllm:num_requests_running 1\n"
    if hasMetrics { report.scrape = EngineKind.vllm.dialect.metrics.map { Scrape(Array(body.utf8), $0.table) } }
    report.proof = proof
    return .healthy(report)
  }

  @Test func `a frozen engine that then sleeps is COLD and not asked for a proof`() throws {
    var engine = try TrackerHarness()
    for _ in 0..<14 { engine.probe(told(awake: true)) }
    engine.probe(told(awake: true, .failed("no token within 15 s")))
    #expect(engine.state == .failed)
    for _ in 0..<20 {
      engine.probe(told(awake: false))
      #expect(engine.state == .cold && engine.tracker.request.proof == nil)
    }
    // After a restart it sleeps still, though its metrics fail for a moment.
    var again = engine.restarted()
    #expect(again.probe(told(awake: false, hasMetrics: false)).observation == nil)
    #expect(again.state == .cold)
  }

  @Test func `a DRAINING engine is not asked for a proof`() throws {
    var settings = ProbeSettings()
    settings.proofOfLife = .seconds(10)
    var engine = try TrackerHarness(settings)
    engine.probe(serving(0))
    let ending = try EngineSpec(url: engine.tracker.spec.url.description, draining: "true")
    engine.take(engine.tracker.edit(ending, at: engine.wall).observation)
    for _ in 0..<20 {
      engine.probe(serving(2))
      #expect(engine.tracker.request.proof == nil && engine.state == .draining)
    }
  }

  @Test func `another key does not thaw a frozen engine`() throws {
    var engine = try TrackerHarness()
    for _ in 0..<14 { engine.probe(serving(1)) }
    engine.probe(serving(1, .failed("no token within 15 s")))
    let rotated = try EngineSpec(url: engine.tracker.spec.url.description, key: "new")
    #expect(engine.tracker.edit(rotated, at: engine.wall).isContactNew)
    engine.probe(serving(1))
    #expect(engine.state == .failed)
  }

  @Test func `readings that an engine no longer reports are withdrawn`() throws {
    var engine = try TrackerHarness()
    #expect(engine.probe(told(awake: true)).load?.readings?.runningRequests == 1)
    #expect(engine.probe(told(awake: true, hasMetrics: false)).load == nil)
    #expect(engine.probe(told(awake: true, hasMetrics: false)).load == EngineLoad())
    #expect(engine.probe(told(awake: true, hasMetrics: false)).load == nil)
  }

  @Test func `an engine that ends by itself and by its source is recorded once`() throws {
    var engine = try TrackerHarness()
    let ending = try EngineSpec(url: engine.tracker.spec.url.description, draining: "true")
    engine.take(engine.tracker.edit(ending, at: engine.wall).observation)
    engine.probe(.draining("the server exits"))
    var again = engine.restarted(as: ending)
    again.take(again.tracker.refresh(at: again.wall))
    #expect(again.facts == engine.facts)
    #expect(again.probe(.draining("the server exits")).observation == nil)
  }

  @Test func `an engine is LOADING until it first serves, and FAILED after`() throws {
    let listed = EngineReport(kind: .openai, models: [ReportedModel(ReplicaFacts(modelID: "m"))])
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

  @Test func `an engine that its source ends is DRAINING at once, and READY when the source revokes that`() throws {
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

  @Test func `an endpoint that an engine lacks is skipped for a while`() throws {
    var engine = try TrackerHarness()
    var report = EngineReport(kind: .vllm, version: "1", models: [ReportedModel(ReplicaFacts(modelID: "m"))])
    report.missing = ["/load"]
    engine.probe(.healthy(report))
    #expect(engine.tracker.request.skipping == ["/load"])
    engine.probe(.serving("m"), after: .seconds(299))
    #expect(engine.tracker.request.skipping == ["/load"])
    engine.probe(.serving("m"), after: .seconds(1))
    #expect(engine.tracker.request.skipping == [])
  }
}
