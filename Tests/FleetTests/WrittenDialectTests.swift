import Catalog
import Scrape
import Testing

@testable import Fleet

/// The answers are written down from documentation, not recorded.
@Suite("Dialects of engines without a recording")
struct WrittenDialectTests {
  static let all: [(EngineKind, [String: ExchangeResult])] = [
    (.sglang, DocumentedAnswers.sglang), (.tgi, DocumentedAnswers.tgi), (.lmdeploy, DocumentedAnswers.lmdeploy),
    (.trtllm, DocumentedAnswers.trtllm),
  ]

  @Test(arguments: all)
  func `an engine is detected by what it is asked for in any case`(kind: EngineKind, replies: [String: ExchangeResult])
    async throws
  {
    let found = try await ScriptedExchange(replies)
    #expect(found.report?.kind == kind)
    let told = try await ScriptedExchange(kind: kind, replies)
    #expect(Set(found.paths) == Set(told.paths) && found.paths.count == told.paths.count)
    #expect(found.report?.models == told.report?.models)
  }

  @Test func `SGLang reports context lengths, and adapters with their parents`() async throws {
    let report = try #require(await ScriptedExchange(DocumentedAnswers.sglang).report)
    #expect(report.version == "0.5.3")
    #expect(
      report.models.map(\.facts) == [
        ReplicaFacts(modelID: "qwen", ownedBy: "sglang", root: "qwen", maxModelLen: 32_768),
        ReplicaFacts(modelID: "sql", kind: .adapter, ownedBy: "sglang", root: "/loras/sql", parent: "qwen"),
      ])
    let scrape = try #require(report.scrape)
    #expect(
      scrape.gauges == [
        .runningRequests: 7, .waitingRequests: 2, .kvCacheUsage: 0.28, .loraSlotsUsed: 1, .loraSlotsTotal: 8,
      ])
    #expect(
      scrape.counters == [.promptTokens: 8_128_902, .generatedTokens: 7_557_572, .finishedRequests: 11_228])
    #expect(scrape.resources == ["kv_cache_tokens": 170_524])
  }

  @Test func `TGI reports its facts at its info endpoint`() async throws {
    let talk = try await ScriptedExchange(DocumentedAnswers.tgi)
    let report = try #require(talk.report)
    #expect(report.version == "3.0.0")
    #expect(
      report.models.map(\.facts) == [ReplicaFacts(modelID: "org/llama", version: "e985a63cdc13", maxModelLen: 4096)])
    #expect(talk.paths == ["/v1/models", "/info", "/health", "/metrics"], "one answer serves facts and version")
    #expect(report.scrape?.gauges == [.runningRequests: 3, .waitingRequests: 1])
    #expect(report.scrape?.counters == [.promptTokens: 480, .generatedTokens: 960, .finishedRequests: 12])
  }

  @Test(arguments: [
    ExchangeResult.status(404), .status(500), .failure(.timedOut), .ok("[]"), .ok("null"),
    .ok(#"{"max_total_tokens":"many","model_sha":7,"version":{}}"#), .ok(#"{"max_total_tokens":-1}"#),
    .ok(#"{"max_total_tokens":1e30,"model_sha":null}"#),
  ])
  func `TGI without a usable info answer still has its model`(info: ExchangeResult) async throws {
    var replies = DocumentedAnswers.tgi
    replies["/info"] = info
    let report = try #require(await ScriptedExchange(kind: .tgi, replies).report)
    #expect(report.models.map(\.facts) == [ReplicaFacts(modelID: "org/llama")])
  }

  @Test func `LMDeploy's metrics are summed over its engines`() async throws {
    let report = try #require(await ScriptedExchange(DocumentedAnswers.lmdeploy).report)
    #expect(report.version == "")
    #expect(report.models.map(\.facts) == [ReplicaFacts(modelID: "internlm", ownedBy: "lmdeploy", root: "internlm")])
    #expect(report.models.allSatisfy { $0.state == nil })
    #expect(
      report.scrape?.gauges == [
        .runningRequests: 3, .waitingRequests: 0, .kvCacheUsage: 0.5, .startTime: 1.79535420285e9,
      ])
    #expect(report.scrape?.counters == [.promptTokens: 100, .generatedTokens: 200])
  }

  @Test func `LMDeploy is COLD while it sleeps`() async throws {
    var replies = DocumentedAnswers.lmdeploy
    replies["/health"] = .ok(#"{"status":"sleeping","message":""}"#)
    let report = try #require(await ScriptedExchange(replies).report)
    #expect(report.models.map(\.state) == [.cold])
    replies["/health"] = .ok(#"{"status":"healthy","message":""}"#)
    #expect(try await ScriptedExchange(replies).report?.models.map(\.state) == [nil])
  }

  @Test func `TensorRT-LLM has its metrics at another path`() async throws {
    let talk = try await ScriptedExchange(DocumentedAnswers.trtllm)
    let report = try #require(talk.report)
    #expect(report.version == "1.1.0")
    #expect(report.models.map(\.facts) == [ReplicaFacts(modelID: "TinyLlama", ownedBy: "tensorrt_llm")])
    #expect(!talk.paths.contains("/metrics"))
    #expect(report.scrape?.gauges == [.runningRequests: 4, .waitingRequests: 1, .kvCacheUsage: 0.125])
    #expect(report.scrape?.counters == [.promptTokens: 64, .generatedTokens: 32, .finishedRequests: 5])
    #expect(report.scrape?.resources == ["vram_bytes": 76_665_782_272])
  }

  @Test(arguments: all)
  func `an engine of bad health is unhealthy and keeps its list`(kind: EngineKind, replies: [String: ExchangeResult])
    async throws
  {
    var replies = replies
    replies["/health"] = .status(503)
    let talk = try await ScriptedExchange(kind: kind, replies)
    guard case .unhealthy(let reason, let report?) = talk.outcome else {
      Issue.record("\(talk.outcome)")
      return
    }
    #expect(reason == "GET http://engine:8000/health: 503")
    #expect(!report.models.isEmpty && report.scrape == nil)
    replies["/v1/models"] = .status(503)
    let down = ProbeOutcome.down(
      "no engine behind the proxy: GET http://engine:8000/health: 503, and 503 for the list")
    #expect(try await ScriptedExchange(kind: kind, replies).outcome == down)
    replies["/v1/models"] = .failure(.unanswered)
    #expect(try await ScriptedExchange(kind: kind, replies).outcome == .unhealthy("GET http://engine:8000/health: 503"))
  }
}
