import Catalog
import Scrape
import Testing

@testable import Fleet

/// What a serving engine does: its load, its metrics, a token when one is asked for.
@Suite("The work that engines report")
struct WorkTests {
  static let vllm: [String: ExchangeResult] = [
    "/health": .response(Recorded.vllmHealth), "/v1/models": .response(Recorded.vllmModels),
    "/version": .response(Recorded.vllmVersion), "/load": .response(Recorded.vllmLoad),
    "/metrics": .response(Recorded.vllmMetricsBusy),
  ]
  static let proof = ProofRequest(modelID: "org/a \"b\"", timeout: .seconds(15))

  @Test func `a busy vLLM reports its load and metrics as recorded`() async throws {
    let report = try #require(await ScriptedExchange(Self.vllm).report)
    #expect(report.serverLoad == 0)
    let scrape = try #require(report.scrape)
    #expect(
      scrape.gauges == [
        .runningRequests: 8, .waitingRequests: 4, .kvCacheUsage: 0.002441704309608106, .awake: 1,
        .startTime: 1.79535420285e9, .loraSlotsUsed: 1, .loraSlotsTotal: 2,
      ])
    #expect(scrape.counters == [.promptTokens: 64, .generatedTokens: 2270, .finishedRequests: 15, .steps: 519])
    #expect(scrape.resources["kv_cache_tokens"] == 1_048_576)
    #expect(scrape.resources["resident_memory_bytes"] == 654_163_968)
  }

  @Test func `llama.cpp reports its metrics and resources as recorded`() async throws {
    let replies: [String: ExchangeResult] = [
      "/health": .response(Recorded.llamacppHealth), "/v1/models": .response(Recorded.llamacppModels),
      "/props": .response(Recorded.llamacppProps), "/metrics": .response(Recorded.llamacppMetrics),
    ]
    let report = try #require(await ScriptedExchange(replies).report)
    #expect(report.scrape?.gauges == [.runningRequests: 0, .waitingRequests: 0])
    #expect(report.scrape?.counters == [.promptTokens: 9, .generatedTokens: 60, .steps: 60])
    #expect(report.resources == ["tiny-alias": ["model_bytes": 444_672]])
  }

  @Test(arguments: [
    ExchangeResult.status(500), .status(404), .failure(.timedOut), .failure(.tooLarge(limit: 8 << 20)),
    .ok("\u{0}\u{1}<html>"),
  ])
  func `a failure of the load or the metrics does not make an engine unhealthy`(trouble: ExchangeResult) async throws {
    var replies = Self.vllm
    (replies["/load"], replies["/metrics"]) = (trouble, trouble)
    let talk = try await ScriptedExchange(replies)
    #expect(talk.outcome.name == "healthy")
    #expect(talk.report?.serverLoad == nil)
    #expect(talk.report?.scrape?.gauges ?? [:] == [:])
  }

  @Test(arguments: [400, 404, 405, 501])
  func `an endpoint that an engine lacks is reported and skipped`(status: Int) async throws {
    var replies = Self.vllm
    (replies["/load"], replies["/metrics"]) = (.status(status), .status(status))
    let report = try #require(await ScriptedExchange(replies).report)
    #expect(report.missing == ["/load", "/metrics"])
    let later = try await ScriptedExchange(detected: .vllm, wantsVersion: false, skipping: report.missing, Self.vllm)
    #expect(later.paths == ["/health", "/v1/models"])
    #expect(later.report?.missing == [])
  }

  @Test func `the metrics are requested last and may be large`() async throws {
    let ask = try #require(await ScriptedExchange(Self.vllm).asks.last)
    #expect(ask.path == "/metrics" && ask.accept == "text/plain" && ask.limit == 8 << 20)
  }

  @Test(arguments: ["null", "[]", #"{"server_load":"8"}"#, #"{"server_load":null}"#, "{}"])
  func `a malformed load is ignored`(body: String) async throws {
    var replies = Self.vllm
    replies["/load"] = .ok(body)
    #expect(try await ScriptedExchange(replies).report?.serverLoad == nil)
  }

  @Test(arguments: [EngineKind.vllm, .llamacpp, .lmdeploy, .trtllm, .openai])
  func `a proof of life is a completion of one token`(kind: EngineKind) async throws {
    let ask = try #require(kind.dialect.proof?(Self.proof.modelID))
    #expect(ask.path == "/v1/completions")
    #expect(ask.body == #"{"model":"org/a \"b\"","prompt":"1","max_tokens":1,"temperature":0}"#)
  }

  @Test(arguments: [EngineKind.ollama, .triton, .sglang])
  func `an engine of some kinds is never asked for a proof`(kind: EngineKind) {
    #expect(kind.dialect.proof == nil)
  }

  @Test func `a long request to llama.cpp is progress before its tokens are counted`() throws {
    let table = try #require(EngineKind.llamacpp.dialect.metrics?.table)
    var meter = Meter()
    var progress: [Bool] = []
    for (second, steps) in [60, 60, 95].enumerated() {
      let body = "llamacpp:tokens_predicted_total 60\nllamacpp:n_decode_total \(steps)\n"
      let scrape = Scrape(Array(body.utf8), table)
      progress.append(meter.read(scrape, at: Timestamp(microseconds: 0), up: .seconds(second)).hasProgressed)
    }
    #expect(progress == [false, false, true])
  }

  @Test func `TGI is asked for a proof at its own endpoint`() throws {
    let ask = try #require(EngineKind.tgi.dialect.proof?("m"))
    #expect(ask == EngineRequest("/generate", body: #"{"inputs":"1","parameters":{"max_new_tokens":1}}"#))
  }

  @Test(
    arguments: [
      (ExchangeResult.ok("{}"), Proof.passed), (.status(500), .failed("no token: POST /v1/completions: 500")),
      (.failure(.timedOut), .failed("no token within 15.0 seconds")),
      (.failure(.closed), .failed("no token: connection closed without an answer")),
    ] + [400, 401, 403, 404, 405, 422, 429, 501, 503].map { (.status($0), .unclear("POST /v1/completions: \($0)")) })
  func `a proof of life has a timeout and a meaning of its own`(reply: ExchangeResult, expected: Proof) async throws {
    var replies = Self.vllm
    replies["/v1/completions"] = reply
    let talk = try await ScriptedExchange(proof: Self.proof, replies)
    #expect(talk.outcome.name == "healthy")
    #expect(talk.report?.proof == expected)
    let asked = talk.asks.filter { $0.path == "/v1/completions" }
    #expect(asked.map(\.timeout) == [.seconds(15)])
  }

  @Test func `a probe without a proof request has no proof`() async throws {
    let talk = try await ScriptedExchange(Self.vllm)
    #expect(talk.report?.proof == nil && talk.asks.allSatisfy { $0.body == nil })
  }
}
