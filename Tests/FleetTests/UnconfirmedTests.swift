import Catalog
import TestKit
import Testing

@testable import Fleet

@Suite("Facts that a probe leaves open")
struct UnconfirmedTests {
  private static let list =
    #"{"object":"list","data":[{"id":"a","owned_by":"library"},{"id":"b","owned_by":"library"}]}"#
  private static let ollama: [String: ExchangeResult] = [
    "/api/version": .ok(#"{"version":"0.12.3"}"#), "/v1/models": .ok(list),
    "/api/tags": .ok(
      #"{"models":[{"name":"a","digest":"aaaaaaaaaaaaaaaa"},{"name":"b","digest":"bbbbbbbbbbbbbbbb"}]}"#),
    "/api/ps": .ok(#"{"models":[{"name":"a","context_length":4096}]}"#),
  ]

  private func probe(_ engine: inout TrackerHarness, _ replies: [String: ExchangeResult]) async throws {
    engine.probe(try await ScriptedExchange(kind: .ollama, replies).outcome)
  }

  @Test(arguments: [
    ("/api/ps", ExchangeResult.failure(.unanswered)), ("/api/ps", .status(500)), ("/api/ps", .ok("{\"models\":[{")),
    ("/api/tags", .failure(.closed)), ("/api/tags", .ok("<html>")),
  ])
  func `one lost answer of Ollama changes nothing`(path: String, trouble: ExchangeResult) async throws {
    var engine = try TrackerHarness()
    try await probe(&engine, Self.ollama)
    let known = (facts: engine.facts, models: engine.models)
    #expect(known.models?.map { $0.condition?.state } == [.ready, .cold])
    #expect(known.models?.map(\.maxModelLen) == [4096, 0])
    var replies = Self.ollama
    replies[path] = trouble
    for _ in 0..<10 {
      try await probe(&engine, replies)
      #expect(engine.facts == known.facts && engine.models == known.models)
      try await probe(&engine, Self.ollama)
      #expect(engine.facts == known.facts && engine.models == known.models)
    }
    // It stays lost: then it is not known any more.
    try await probe(&engine, replies)
    try await probe(&engine, replies)
    #expect(engine.models != known.models)
  }

  @Test func `one lost answer after a restart changes nothing`() async throws {
    var engine = try TrackerHarness()
    try await probe(&engine, Self.ollama)
    var again = engine.restarted()
    var replies = Self.ollama
    replies["/api/ps"] = .failure(.unanswered)
    try await probe(&again, replies)
    #expect(again.models == engine.models)
  }

  @Test func `what other answers confirm counts at once beside a lost one`() async throws {
    var engine = try TrackerHarness()
    try await probe(&engine, Self.ollama)
    var replies = Self.ollama
    replies["/api/ps"] = .status(500)
    replies["/v1/models"] = .ok(#"{"object":"list","data":[{"id":"b","owned_by":"library"}]}"#)
    replies["/api/tags"] = .ok(#"{"models":[{"name":"b","digest":"cccccccccccccccc"}]}"#)
    try await probe(&engine, replies)
    #expect(engine.models?.map(\.modelID) == ["b"])
    #expect(engine.models?.first?.version == "cccccccccccc" && engine.models?.first?.condition?.state == .cold)
  }

  @Test func `TGI keeps its context length over one lost answer`() async throws {
    var engine = try TrackerHarness()
    engine.probe(try await ScriptedExchange(kind: .tgi, DocumentedAnswers.tgi).outcome)
    let known = engine.models
    #expect(try #require(known?.first).maxModelLen > 0)
    var replies = DocumentedAnswers.tgi
    replies["/info"] = .status(503)
    engine.probe(try await ScriptedExchange(kind: .tgi, wantsVersion: false, replies).outcome)
    #expect(engine.models == known)
  }

  @Test func `an empty list after one that was not needs as many probes as a failure`() throws {
    for fall in 1...3 {
      var settings = ProbeSettings()
      settings.fall = fall
      var engine = try TrackerHarness(settings)
      engine.probe(.serving("a", "b"))
      for _ in 1..<fall {
        let settled = engine.probe(.healthy(EngineReport(kind: .vllm, models: [])))
        #expect(settled.observation == nil && settled.delay == settings.confirmation)
        #expect(engine.models?.count == 2)
      }
      engine.probe(.healthy(EngineReport(kind: .vllm, models: [])))
      #expect(engine.models == [] && engine.state == .ready)
      #expect(engine.probe(.healthy(EngineReport(kind: .vllm, models: []))).observation == nil)
      engine.probe(.serving("a"))
      #expect(engine.models?.count == 1)
    }
  }

  @Test func `an empty list keeps the state of each model while it is not believed`() async throws {
    var engine = try TrackerHarness()
    try await probe(&engine, Self.ollama)
    let known = engine.models
    var replies = Self.ollama
    replies["/v1/models"] = .ok(#"{"object":"list","data":[]}"#)
    try await probe(&engine, replies)
    #expect(engine.models == known)
    try await probe(&engine, replies)
    #expect(engine.models == [])
  }
}
