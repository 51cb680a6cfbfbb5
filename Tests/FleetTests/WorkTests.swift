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
  static let proof = ProofRequest(modelIDs: ["org/a \"b\""], timeout: .seconds(15))

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
    #expect(later.paths == ["/v1/models", "/health"])
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
  func `a proof of life is the smallest request of each task`(kind: EngineKind) {
    let asks = kind.dialect.proofs.map { $0.request(#"org/a "b""#) }
    #expect(asks.map(\.path) == ["/v1/completions", "/v1/chat/completions", "/v1/embeddings", "/v1/rerank"])
    let model = #"{"model":"org/a \"b\"","#
    #expect(
      asks.map(\.body) == [
        model + #""prompt":"1","max_tokens":1,"temperature":0}"#,
        model + #""messages":[{"role":"user","content":"1"}],"max_tokens":1,"temperature":0}"#,
        model + #""input":"1"}"#, model + #""query":"1","documents":["1"]}"#,
      ])
  }

  @Test(arguments: [EngineKind.ollama, .triton, .sglang])
  func `an engine of some kinds is never asked for a proof`(kind: EngineKind) {
    #expect(kind.dialect.proofs.isEmpty)
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

  @Test func `TGI is asked for a proof at its own endpoint`() {
    #expect(EngineKind.tgi.dialect.proofs == [.generate])
    let ask = ProofTask.generate.request("m")
    #expect(ask == EngineRequest("/generate", body: #"{"inputs":"1","parameters":{"max_new_tokens":1}}"#))
  }

  @Test(
    arguments: [
      (ExchangeResult.ok("{}"), Proof.passed(.completion)),
      (.failure(.timedOut), .failed("no answer within 15.0 seconds")),
      (.failure(.unanswered), .failed("no answer within 15.0 seconds")),
      (.failure(.closed), .failed("no answer: connection closed without an answer")),
    ] + [400, 401, 403, 422, 429, 500, 502, 503, 504].map { (.status($0), .unclear("POST /v1/completions: \($0)")) }
      // No task is left after these.
      + [404, 405, 501].map { (.status($0), .unclear("POST /v1/rerank: 404")) })
  func `a proof of life has a timeout and a meaning of its own`(reply: ExchangeResult, expected: Proof) async throws {
    var replies = Self.vllm
    replies["/v1/completions"] = reply
    let talk = try await ScriptedExchange(proof: Self.proof, replies)
    #expect(talk.outcome.name == "healthy")
    #expect(talk.report?.proof == expected)
    let asked = talk.asks.filter { $0.path == "/v1/completions" }
    // A cut may be the end of a connection after any answer, so it is tried again.
    #expect(asked.map(\.timeout) == Array(repeating: .seconds(15), count: reply == .failure(.closed) ? 2 : 1))
  }

  @Test func `an engine that only embeds or reranks proves its life by that, and freezes there`() async throws {
    for (path, task) in [("/v1/embeddings", ProofTask.embedding), ("/v1/rerank", .rerank)] {
      var replies = Self.vllm
      replies[path] = .ok("{}")
      let talk = try await ScriptedExchange(proof: Self.proof, replies)
      #expect(talk.report?.proof == .passed(task))
      var again = Self.proof
      again.task = task
      let asks = try await ScriptedExchange(proof: again, replies).asks.filter { $0.body != nil }
      #expect(asks.map(\.path) == [path], "the task that it did last comes first")
      replies[path] = .failure(.unanswered)
      #expect(
        try await ScriptedExchange(proof: again, replies).report?.proof == .failed("no answer within 15.0 seconds"))
    }
  }

  @Test func `one dead upstream behind a gateway is asked for another model, and proves nothing`() async throws {
    var asked: [String] = []
    let script = ProofScript(
      proof: ProofRequest(modelIDs: ["dead", "well"], timeout: .seconds(15)), dialect: OpenAI.dialect
    ) { request in
      asked.append(request.path)
      return request.body?.contains("dead") == true ? .status(500) : .ok("{}")
    }
    #expect(await script.run() == .passed(.completion))
    #expect(asked == ["/v1/completions", "/v1/completions"])
  }

  @Test func `a probe without a proof request has no proof`() async throws {
    let talk = try await ScriptedExchange(Self.vllm)
    #expect(talk.report?.proof == nil && talk.asks.allSatisfy { $0.body == nil })
  }
}
