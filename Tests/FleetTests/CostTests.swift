import Catalog
import Testing

@testable import Fleet

/// What each kind is asked for in its first probe, and what its answers become. The answers are written down from
/// documentation, not recorded; everything else is a mistake.
@Suite("The paths that cost nothing")
struct CostTests {
  struct Known: CustomTestStringConvertible, Sendable {
    var kind: EngineKind
    var replies: [String: ExchangeResult]
    /// The paths that it may be asked for.
    var free: Set<String>
    /// Paths without an answer of which the first probe finds that they are not there.
    var lacks: Set<String> = []
    var models: [String]
    var version = ""

    var testDescription: String { kind.rawValue }
  }

  static let all: [Known] = [
    Known(
      kind: .sglang, replies: DocumentedAnswers.sglang, free: ["/v1/models", "/health", "/server_info", "/metrics"],
      models: ["qwen nil 32768", "sql nil 0"], version: "0.5.3"),
    Known(
      kind: .tgi, replies: DocumentedAnswers.tgi, free: ["/v1/models", "/health", "/info", "/metrics"],
      models: ["org/llama nil 4096"], version: "3.0.0"),
    // The first versions have no list.
    Known(
      kind: .tgi, replies: DocumentedAnswers.tgi.filter { $0.key != "/v1/models" },
      free: ["/v1/models", "/health", "/info", "/metrics"], lacks: ["/models", "/v3/models"],
      models: ["org/llama nil 4096"], version: "3.0.0"),
    Known(
      kind: .lmdeploy, replies: DocumentedAnswers.lmdeploy, free: ["/v1/models", "/health", "/metrics"],
      models: ["internlm nil 0"]),
    Known(
      kind: .trtllm, replies: DocumentedAnswers.trtllm,
      free: ["/v1/models", "/health", "/version", "/prometheus/metrics"], models: ["TinyLlama nil 0"],
      version: "1.1.0"),
    Known(
      kind: .ollama,
      replies: [
        "/v1/models": .ok(
          #"{"object":"list","data":[{"id":"llama3:latest","owned_by":"library"},{"id":"qwen:7b","owned_by":"library"}]}"#
        ),
        "/api/version": .ok(#"{"version":"0.12.3"}"#),
        "/api/tags": .ok(#"{"models":[\#(tag("llama3:latest")),\#(tag("qwen:7b"))]}"#),
        "/api/ps": .ok(#"{"models":[{"name":"qwen:7b","context_length":4096}]}"#),
      ],
      free: ["/v1/models", "/api/version", "/api/tags", "/api/ps"],
      models: ["llama3:latest COLD 0", "qwen:7b READY 4096"], version: "0.12.3"),
    Known(
      kind: .llamaSwap,
      replies: [
        "/v1/models": .ok(
          #"{"data":[{"id":"a","owned_by":"llama-swap"},{"id":"b","owned_by":"llama-swap"},{"id":"c","owned_by":"x"}]}"#
        ),
        "/running": .ok(#"{"running":[{"model":"a","state":"ready"},{"model":"b","state":"starting"}]}"#),
        "/health": .ok("OK"), "/api/version": .ok(#"{"version":"190","commit":"abc","build_date":"x"}"#),
      ],
      free: ["/v1/models", "/running", "/health", "/api/version"], models: ["a READY 0", "b LOADING 0", "c COLD 0"],
      version: "190"),
    Known(
      kind: .lmstudio,
      replies: [
        "/v1/models": .ok(
          #"{"data":[{"id":"a","owned_by":"organization_owner"},{"id":"b","owned_by":"organization_owner"}]}"#),
        "/api/v0/models": .ok(
          """
          {"object":"list","data":[\
          {"id":"a","type":"llm","publisher":"lmstudio-community","state":"loaded","max_context_length":131072,\
          "loaded_context_length":8192},\
          {"id":"b","type":"vlm","publisher":"mlx-community","state":"not-loaded","max_context_length":32768}]}
          """),
      ],
      free: ["/v1/models", "/api/v0/models"], models: ["a READY 8192", "b COLD 32768"]),
    Known(
      kind: .tei,
      replies: [
        "/info": .ok(
          """
          {"model_id":"BAAI/bge-small","model_sha":"5c38ec7c405ec4b44b94cc5a9bb96e735b38267a","model_dtype":"float16",\
          "model_type":{"embedding":{"pooling":"cls"}},"max_concurrent_requests":512,"max_input_length":512,\
          "max_batch_tokens":16384,"version":"1.8.2"}
          """),
        "/health": .ok(""), "/metrics": .ok("te_queue_size 3\nte_request_success{method=\"batch\"} 7\n"),
      ],
      free: ["/info", "/health", "/metrics"], lacks: ["/v1/models", "/models", "/v3/models", "/v2"],
      models: ["BAAI/bge-small nil 512"], version: "1.8.2"),
    Known(
      kind: .localai,
      replies: [
        "/v1/models": .ok(#"{"object":"list","data":[{"id":"a","object":"model"},{"id":"b","object":"model"}]}"#),
        "/system": .ok(#"{"backends":["llama-cpp"],"loaded_models":[{"id":"b"}]}"#), "/readyz": .ok("OK"),
        "/version": .ok(#"{"version":"2.26.0 (a1b2c3d4)"}"#),
      ],
      free: ["/v1/models", "/system", "/readyz", "/version"], models: ["a COLD 0", "b READY 0"],
      version: "2.26.0 (a1b2c3d4)"),
    Known(
      kind: .ovms,
      replies: [
        "/v3/models": .ok(#"{"object":"list","data":[{"id":"a","owned_by":"OVMS"},{"id":"b","owned_by":"OVMS"}]}"#),
        "/v1/config": .ok(
          """
          {"a":{"model_version_status":[{"version":"1","state":"END"},{"version":"2","state":"AVAILABLE"}]},\
          "b":{"model_version_status":[{"version":"1","state":"LOADING"}]}}
          """),
      ],
      free: ["/v3/models", "/v1/config"], lacks: ["/v1/models", "/models"], models: ["a READY 0", "b LOADING 0"]),
  ]

  private static func tag(_ name: String) -> String {
    #"{"name":"\#(name)","digest":"365c0bd3c000a25d28ddbf732fe1c6add414de7275464c4e4d1c3b5fcb5d8ad1"}"#
  }

  @Test(arguments: all)
  func `a kind is asked for what costs nothing`(known: Known) async throws {
    let talk = try await ScriptedExchange(known.replies)
    let report = try #require(talk.report, "\(talk.outcome)")
    #expect(report.kind == known.kind && report.version == known.version)
    #expect(Self.words(report) == known.models)
    #expect(Set(talk.paths).subtracting(known.lacks) == known.free, "\(talk.paths)")
    #expect(Set(talk.paths).count == talk.paths.count, "nothing is asked for twice")
    let later = try await ScriptedExchange(detected: report.kind, skipping: report.missing, known.replies)
    #expect(Set(later.paths).isSubset(of: known.free), "\(later.paths)")
    #expect(later.report?.models == report.models)
    let given = try await ScriptedExchange(kind: known.kind, known.replies)
    #expect(Set(given.paths).isSubset(of: known.free), "\(given.paths)")
    #expect(Self.words(try #require(given.report)) == known.models)
  }

  /// Each kind's own paths, behind something that passes the list alone and answers the rest in its own way.
  @Test(arguments: all, [401, 403, 404, 500, 502, 503])
  func `what a kind has beside its list is optional`(known: Known, status: Int) async throws {
    let replies = known.replies.filter { $0.key == "/v1/models" }
    guard !replies.isEmpty else { return }
    let page = ExchangeResult.response(EngineResponse(status, "<html>nope</html>", server: "nginx"))
    let talk = try await ScriptedExchange(otherwise: page, replies)
    #expect(talk.outcome.name == "healthy" && talk.report?.models.isEmpty == false, "\(talk.outcome)")
    let later = try await ScriptedExchange(detected: known.kind, otherwise: page, replies)
    #expect(later.outcome.name == "healthy", "\(later.outcome)")
  }

  /// In the list and in each answer beside it.
  @Test(arguments: all, CaseTests.oddities + [#"{"id":"x","owned_by":null}"#, #"{"id":"x","owned_by":7}"#])
  func `one odd entry changes no other and not the kind`(known: Known, odd: String) async throws {
    var replies = known.replies
    for (path, reply) in replies where path != "/metrics" {
      guard let answer = reply.response else { continue }
      var body = String(decoding: answer.body, as: UTF8.self)
      for field in ["\"data\":[", "\"models\":[", "\"running\":[", "\"loaded_models\":[", "\"model_version_status\":["]
      {
        body = body.replacing(field + "{", with: "\(field)\(odd),{")
      }
      replies[path] = .ok(body, server: answer.server)
    }
    // TGI is known by its one entry.
    guard known.kind != .tgi else { return }
    let talk = try await ScriptedExchange(replies)
    #expect(talk.report?.kind == known.kind, "\(talk.outcome)")
    let words = try Self.words(#require(talk.report)).filter { !$0.hasPrefix("x ") }
    #expect(words == known.models)
  }

  @Test func `a health that answered well once counts from then on`() async throws {
    var replies = DocumentedAnswers.sglang
    replies["/health"] = .response(EngineResponse(503, "<html>", server: "nginx"))
    var engine = try TrackerHarness()
    engine.probe(try await ScriptedExchange(replies).outcome)
    #expect(engine.state == .ready, "nothing shows that this is its own health")
    #expect(!engine.tracker.request.knowsHealth)
    engine.probe(try await ScriptedExchange(DocumentedAnswers.sglang).outcome)
    #expect(engine.tracker.request.knowsHealth)
    var script = ProbeScript(engine.tracker.request) { replies[$0.path] ?? .status(404) }
    engine.probe(await script.run())
    #expect(engine.state == .failed)
  }

  @Test func `the paths of an engine's description are asked instead`() async throws {
    var spec = try EngineSpec(url: "http://engine:8000/llm")
    spec.paths = EnginePaths(list: "/v3/models", health: "/alive", readsMetrics: false)
    let replies: [String: ExchangeResult] = [
      "/v3/models": DocumentedAnswers.sglang["/v1/models"] ?? .status(404), "/alive": .status(503),
      "/metrics": .ok("sglang:num_running_reqs 1"),
    ]
    var asked: [String] = []
    var script = ProbeScript(ProbeRequest(spec: spec, timeout: .seconds(1))) { ask in
      asked.append(ask.path)
      return replies[ask.path] ?? .status(404)
    }
    let outcome = await script.run()
    #expect(outcome.problem == "GET http://engine:8000/llm/alive: 503")
    #expect(outcome.report?.kind == .sglang && outcome.report?.scrape == nil)
    #expect(asked == ["/v3/models", "/alive", "/server_info"])
  }

  private static func words(_ report: EngineReport) -> [String] {
    report.models.map { "\($0.facts.modelID) \($0.state?.name ?? "nil") \($0.facts.maxModelLen)" }
  }
}
