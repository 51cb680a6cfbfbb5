import Catalog
import TestKit
import Testing

@testable import Fleet

@Suite("Engines that answer without saying how they are")
struct HoldTests {
  private static let notNow = ProbeOutcome.notNow("GET /v1/models: 429", wait: .seconds(30))

  private func serving(_ load: Double) -> ProbeOutcome {
    var report = EngineReport(kind: .vllm, version: "1", models: [ReportedModel(ReplicaFacts(modelID: "m"))])
    report.serverLoad = load
    return .healthy(report)
  }

  @Test func `an engine that takes no requests now stays READY for a minute, and says until when`() throws {
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    let settled = engine.probe(Self.notNow)
    #expect(engine.state == .ready && settled.delay == .seconds(30))
    #expect(settled.holdEnd == engine.up + .seconds(60))
    #expect(engine.facts?.condition.reason == "not now: GET /v1/models: 429 until 1970-01-01T00:17:20.000000Z")
    engine.probe(Self.notNow, after: .seconds(30))
    #expect(engine.state == .ready)
    engine.probe(Self.notNow, after: .seconds(30))
    #expect(engine.state == .unreachable)
    #expect(engine.facts?.condition.cause == .notNow)
    engine.probe(.serving("m"))
    #expect(engine.state == .ready && engine.facts?.condition.reason == "")
  }

  @Test func `a hold ends by itself when the engine asks for a longer wait`() throws {
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    let settled = engine.probe(.notNow("GET /v1/models: 503", wait: .seconds(86_400)))
    #expect(settled.delay == .seconds(300), "no engine is left alone for longer")
    let end = try #require(settled.holdEnd)
    let early = Moment(wall: engine.wall, up: end - .milliseconds(1))
    #expect(engine.tracker.endHold(at: early) == nil)
    let last = engine.tracker.endHold(at: Moment(wall: engine.wall, up: end))
    let ended = try #require(last)
    engine.take(ended.observation)
    #expect(engine.state == .unreachable && ended.change?.to == .unreachable)
    #expect(engine.tracker.endHold(at: Moment(wall: engine.wall, up: end)) == nil)
  }

  private func moment(_ seconds: Int) -> Moment {
    Moment(wall: Timestamp(microseconds: Int64(seconds) * 1_000_000), up: .seconds(seconds))
  }

  /// A fleet of one engine.
  private func fleet(_ spec: EngineSpec) -> FleetState {
    var settings = ProbeSettings()
    settings.sweepTimeout = .seconds(1)
    var state = FleetState(settings: settings)
    var book = ClaimBook(expecting: [.static], settings)
    _ = book.received(SourceAnswer(source: .static, engines: [spec]), at: .zero)
    var changes = book.takeChanges()
    state.apply(changes.next(8), at: moment(0))
    state.settle(changes.summary)
    return state
  }

  @Test(arguments: [6, 20, 50])
  func `an engine that asks to be left alone is asked again when it said, and no sooner`(wait: Int) throws {
    for _ in 0..<10 {
      var state = fleet(try EngineSpec(url: "http://host:8000"))
      let begun = state.turn(at: moment(1)).starts
      state.finished(try #require(begun.first), .serving("m"), took: .zero, at: moment(1))
      let later = state.turn(at: moment(12)).starts
      let notNow = ProbeOutcome.notNow("x", wait: .seconds(wait))
      state.finished(try #require(later.first), notNow, took: .zero, at: moment(12))
      #expect(state.turn(at: moment(12 + wait - 1)).starts.isEmpty)
      #expect(state.turn(at: moment(12 + wait)).starts.count == 1)
    }
  }

  @Test func `the fleet ends a hold without a probe`() throws {
    let spec = try EngineSpec(url: "http://host:8000")
    var state = fleet(spec)
    let begun = state.turn(at: moment(1)).starts
    let first = try #require(begun.first)
    state.finished(first, .serving("m"), took: .zero, at: moment(1))
    let later = state.turn(at: moment(12)).starts
    let second = try #require(later.first)
    state.finished(second, .notNow("x", wait: .seconds(200)), took: .zero, at: moment(12))
    #expect(state.turn(at: moment(12)).wake == .seconds(72))
    #expect(state.turn(at: moment(72)).starts.count == 1, "it may be well by now")
    #expect(state.roster.members[spec.id]?.tracker.state == .unreachable)
    #expect(state.outbox.queue.count == 1)
  }

  @Test func `a busy engine that does not answer is READY for a minute, an idle one is not`() throws {
    for (load, expected) in [(3.0, ModelState.ready), (0, .unreachable)] {
      var engine = try TrackerHarness()
      engine.probe(serving(load))
      for _ in 0..<4 { engine.probe(ProbeFailure.unanswered.outcome) }
      #expect(engine.state == expected)
    }
    var engine = try TrackerHarness()
    engine.probe(serving(3))
    engine.probe(ProbeFailure.unanswered.outcome)
    #expect(engine.facts?.condition.reason == "busy: no answer in time, with requests under way")
    for _ in 0..<12 { engine.probe(ProbeFailure.unanswered.outcome) }
    #expect(engine.state == .unreachable)
  }

  @Test func `an engine that comes where a busy one was forgotten is not held for the other's work`() throws {
    var engine = try TrackerHarness()
    engine.probe(serving(3))
    for _ in 0..<200 { engine.probe(.timedOut) }
    #expect(engine.facts == nil)
    // It reports no work at all.
    engine.probe(.healthy(EngineReport(kind: .vllm, models: [ReportedModel(ReplicaFacts(modelID: "m"))])))
    #expect(engine.state == .ready)
    for _ in 0..<2 { engine.probe(ProbeFailure.unanswered.outcome) }
    #expect(engine.state == .unreachable)
  }

  @Test(arguments: [ProbeOutcome.timedOut, ProbeFailure.closed.outcome, .refusedConnection])
  func `a busy engine that accepts no connection is not held`(outcome: ProbeOutcome) throws {
    var engine = try TrackerHarness()
    engine.probe(serving(3))
    engine.probe(outcome)
    engine.probe(outcome)
    #expect(engine.state == .unreachable)
  }

  @Test func `a hold begins anew after the engine's own word`() throws {
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    for _ in 0..<20 {
      engine.probe(Self.notNow, after: .seconds(50))
      #expect(engine.state == .ready)
      engine.probe(.serving("m"))
    }
  }

  @Test func `an engine that fails keeps its reason when it then takes no requests`() throws {
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    engine.probe(.refused("401: check the key"))
    #expect(engine.probe(Self.notNow).observation == nil)
    #expect(engine.state == .failed && engine.facts?.condition.reason == "401: check the key")
  }

  @Test func `an engine that takes no requests now may list its models, and what it omits is gone`() throws {
    var engine = try TrackerHarness()
    engine.probe(.serving("a", "b"))
    let listed = EngineReport(kind: .vllm, models: [ReportedModel(ReplicaFacts(modelID: "a"))])
    engine.probe(.notNow("GET /health: 429", wait: nil, listed))
    #expect(engine.state == .ready && engine.models?.map(\.modelID) == ["a"])
  }

  @Test func `an engine that takes no requests for long is forgotten like any that is away`() throws {
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    for _ in 0..<40 { engine.probe(Self.notNow, after: .seconds(30)) }
    #expect(engine.facts == nil)
  }

  @Test func `own failures hold a held engine too`() throws {
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    let held = engine.probe(Self.notNow)
    let end = try #require(held.holdEnd)
    engine.probe(.ownFailure(.openFiles))
    engine.probe(.ownFailure(.openFiles))
    #expect(engine.tracker.endHold(at: Moment(wall: engine.wall, up: end)) == nil)
    #expect(engine.state == .ready)
    engine.probe(Self.notNow, after: .seconds(60))
    #expect(engine.state == .unreachable)
  }

  @Test(arguments: [
    ("/health", 429, nil, "not_now"), ("/health", 503, Duration.seconds(5), "not_now"),
    ("/health", 503, nil, "unhealthy"),
    ("/v1/models", 429, nil, "not_now"), ("/v1/models", 503, .seconds(5), "not_now"), ("/v1/models", 503, nil, "down"),
    ("/health", 404, nil, "healthy"), ("/health", 405, nil, "healthy"), ("/health", 501, nil, "healthy"),
    ("/health", 307, nil, "healthy"), ("/health", 400, nil, "broken"), ("/health", 500, nil, "unhealthy"),
    ("/health", 502, nil, "unhealthy"), ("/health", 401, nil, "refused"),
  ])
  func `a status of the health or of the list has its meaning`(
    path: String, status: Int, wait: Duration?, outcome: String
  ) async throws {
    var replies = WorkTests.vllm
    replies[path] = .response(EngineResponse(status: status, retryAfter: wait))
    #expect(try await ScriptedExchange(kind: .vllm, replies).outcome.name == outcome)
  }

  @Test(arguments: [502, 503, 504])
  func `health and list that both fail behind a proxy mean that no engine is there`(status: Int) async throws {
    let replies: [String: ExchangeResult] = ["/health": .status(status), "/v1/models": .status(status, "<html>")]
    for kind in EngineKind.allCases where kind.dialect.healthPath == "/health" {
      // The one model that `/info` lists is no list at that path.
      let outcome = try await ScriptedExchange(kind: kind, otherwise: .status(status, "<html>"), replies).outcome
      #expect(outcome.name == "down", "\(kind)")
    }
    #expect(try await ScriptedExchange(replies).outcome.name == "down")
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    for _ in 0..<2 { engine.probe(try await ScriptedExchange(detected: .vllm, replies).outcome) }
    #expect(engine.state == .unreachable)
    for _ in 0..<200 { engine.probe(try await ScriptedExchange(replies).outcome) }
    #expect(engine.facts == nil, "it is forgotten like any engine that is away")
  }
}
