import Catalog
import Testing

@testable import Fleet

@Suite("Dialects of recorded engines")
struct DialectTests {
  let vllm: [String: ExchangeResult] = [
    "/health": .response(Recorded.vllmHealth), "/v1/models": .response(Recorded.vllmModels),
    "/version": .response(Recorded.vllmVersion),
  ]
  let llamacpp: [String: ExchangeResult] = [
    "/health": .response(Recorded.llamacppHealth), "/v1/models": .response(Recorded.llamacppModels),
    "/props": .response(Recorded.llamacppProps),
  ]

  @Test func `vLLM lists base models, aliases and adapters`() async throws {
    let report = try #require(await converse(vllm).outcome.report)
    #expect(report.kind == .vllm)
    #expect(report.version == "0.32.0")
    #expect(
      report.models.map(\.facts) == [
        ReplicaFacts(
          modelID: "sql", kind: .adapter, ownedBy: "vllm", root: "/models/lora-sql", parent: "tiny-org/tiny-llama"),
        ReplicaFacts(modelID: "tiny-alias", ownedBy: "vllm", root: "/models/tiny-llama", maxModelLen: 1024),
        ReplicaFacts(modelID: "tiny-org/tiny-llama", ownedBy: "vllm", root: "/models/tiny-llama", maxModelLen: 1024),
      ])
    #expect(report.models.allSatisfy { $0.state == nil })
  }

  @Test func `values that an engine makes up per request are not facts`() async throws {
    var later = vllm
    later["/v1/models"] = .response(Recorded.vllmModelsAfterLoad)
    let before = try #require(await converse(vllm).outcome.report).models
    let after = try #require(await converse(later).outcome.report).models
    #expect(after.filter { $0.facts.modelID != "support" } == before)
    #expect(after.count == before.count + 1)
  }

  @Test func `vLLM with a dead worker is unhealthy though it still lists its models`() async throws {
    var replies = vllm
    replies["/health"] = .response(EngineResponse(503, "", server: "uvicorn"))
    let outcome = try await converse(replies).outcome
    #expect(outcome.name == "unhealthy")
    #expect(outcome.report?.models.count == 3)
    replies["/v1/models"] = .failure(.closed)
    #expect(try await converse(kind: .vllm, replies).outcome == .unhealthy("GET http://engine:8000/health: 503"))
  }

  @Test func `an engine that refuses the key is reported as refused`() async throws {
    var replies = vllm
    replies["/v1/models"] = .response(Recorded.vllmUnauthorized)
    #expect(try await converse(replies).outcome == .refused("GET http://engine:8000/v1/models: 401: no key was given"))
    #expect(
      try await converse(kind: .vllm, replies).outcome
        == .refused("GET http://engine:8000/v1/models: 401: no key was given"))
  }

  @Test func `an engine of another kind at the same address is detected anew`() async throws {
    #expect(try await converse(detected: .vllm, llamacpp).outcome.report?.kind == .llamacpp)
    let report = try await converse(detected: .ollama, vllm).outcome.report
    #expect(report?.kind == .vllm)
    let silent = try await converse(
      detected: .vllm, ["/v1/models": .response(EngineResponse(200, #"{"data":[{"id":"m"}]}"#))])
    #expect(silent.outcome.report?.kind == .openai, "its list is not vLLM's")
    #expect(Set(silent.asked).count == silent.asked.count, "nothing is asked twice")
  }

  @Test func `a probe does not follow redirects`() async throws {
    var replies = vllm
    replies["/v1/models"] = .response(Recorded.vllmTrailingSlash)
    #expect(try await converse(replies).outcome == .broken("GET http://engine:8000/v1/models: 307"))
  }

  @Test func `a probe requests the version only when it is wanted`() async throws {
    let (outcome, asked) = try await converse(detected: .vllm, wantsVersion: false, vllm)
    #expect(outcome.report?.version == nil)
    #expect(asked == ["/v1/models", "/health", "/load", "/metrics"])
  }

  @Test func `a version that does not arrive does no harm`() async throws {
    var replies = vllm
    replies["/version"] = .failure(.timedOut)
    let report = try #require(await converse(replies).outcome.report)
    #expect(report.version == nil)
    #expect(report.models.count == 3)
  }

  @Test func `llama.cpp reports the context length of its slots`() async throws {
    let report = try #require(await converse(llamacpp).outcome.report)
    #expect(report.kind == .llamacpp)
    #expect(report.version == "b0-unknown")
    #expect(report.models.map(\.facts) == [ReplicaFacts(modelID: "tiny-alias", ownedBy: "llamacpp", maxModelLen: 256)])
  }

  @Test(arguments: [nil, EngineKind.llamacpp])
  func `llama.cpp is LOADING while it loads`(kind: EngineKind?) async throws {
    let loading = ExchangeResult.response(Recorded.llamacppLoading)
    let replies = ["/health": loading, "/v1/models": loading]
    #expect(try await converse(kind: kind, replies).outcome == .loading("Loading model"))
  }

  /// Read in its documentation, not recorded.
  @Test(arguments: [
    (#"{"value":"loaded","args":["llama-server"]}"#, ModelState.ready, ""),
    (#"{"value":"loading"}"#, .loading, ""),
    (#"{"value":"downloading"}"#, .loading, "downloading"),
    (#"{"value":"unloaded"}"#, .cold, ""),
    (#"{"value":"sleeping"}"#, .cold, "sleeping"),
    (#"{"value":"unloaded","failed":true,"exit_code":1}"#, .failed, "the model failed to load"),
    (#"{"value":"dreaming"}"#, nil, ""),
    (#""loaded""#, .ready, ""), (#""dreaming""#, nil, ""), ("7", nil, ""), (#"{"value":7}"#, nil, ""),
    (#"{"state":"not-loaded"}"#, .cold, ""),
  ])
  func `a llama.cpp router lists each model's state`(status: String, state: ModelState?, reason: String) async throws {
    var replies = llamacpp
    let card = #"{"id":"m","object":"model","owned_by":"llamacpp","created":1,"status":\#(status)}"#
    replies["/v1/models"] = .response(EngineResponse(200, #"{"object":"list","data":[\#(card)]}"#))
    let model = try #require(await converse(replies).outcome.report?.models.first)
    #expect(model.state == state)
    #expect(model.reason == reason)
  }

  @Test func `another engine at the address is recognised, unless the kind is set`() async throws {
    var replies = llamacpp
    replies["/version"] = .response(Recorded.vllmVersion)
    #expect(try await converse(detected: .vllm, replies).outcome.report?.kind == .llamacpp)
    #expect(try await converse(kind: .openai, replies).outcome.report?.kind == .openai)
  }

  @Test func `any other server with a list is a generic engine`() async throws {
    let list = #"{"object":"list","data":[{"id":"gpt-x","object":"model","created":1,"owned_by":"system"}]}"#
    let (outcome, _) = try await converse(["/v1/models": .response(EngineResponse(200, list))])
    let report = try #require(outcome.report)
    #expect(report.kind == .openai)
    #expect(report.version == "")
    #expect(report.models.map(\.facts) == [ReplicaFacts(modelID: "gpt-x", ownedBy: "system")])
  }

  @Test func `of a generic engine the list decides`() async throws {
    let list = ExchangeResult.response(EngineResponse(200, #"{"data":[{"id":"m","owned_by":"x"}]}"#))
    let replies = ["/v1/models": list, "/health": .response(EngineResponse(503, ""))]
    for kind in [nil, EngineKind.openai] {
      let (outcome, asked) = try await converse(kind: kind, replies)
      #expect(outcome.name == "healthy" && outcome.report?.models.count == 1)
      #expect(asked == ["/v1/models"])
    }
  }

  @Test(arguments: [502, 503, 504])
  func `a proxy without an engine behind it is down`(status: Int) async throws {
    let replies = ["/v1/models": ExchangeResult.response(EngineResponse(status, "<html>"))]
    #expect(try await converse(replies).outcome == .down("GET http://engine:8000/v1/models: \(status)"))
  }
}
