import Testing

@testable import Fleet

/// A Rollcall that another one probes as an engine: its list repeats what the engines behind it write.
@Suite struct RollcallListTests {
  private func list(ownedBy owner: String, id: String) -> String {
    """
    {"object":"list","data":[{"id":"\(id)","object":"model","created":1,"owned_by":"\(owner)","root":"/m","parent":null,\
    "max_model_len":8,"context_length":8,"meta":{"n_ctx":8},"display_name":"m","namespace":"default","kind":"BASE",\
    "state":"READY","version":"","labels":{},"ready_replicas":1,"total_replicas":1,"etag":"e"}]}
    """
  }

  @Test(arguments: [
    "vllm", "sglang", "llamacpp", "lmdeploy", "library", "organization_owner", "tensorrt_llm", "m", "llama-swap",
  ])
  func `a Rollcall is of no engine's kind, whatever is behind it`(owner: String) async throws {
    let tags =
      #"{"models":[{"name":"m:latest","model":"m:latest","size":0,"digest":"\#(String(repeating: "a", count: 64))"}]}"#
    let (outcome, _) = try await converse([
      "/v1/models": .response(EngineResponse(200, list(ownedBy: owner, id: owner == "library" ? "m:latest" : "m"))),
      "/api/version": .response(EngineResponse(200, #"{"version":"0.1.0"}"#, server: "rollcall")),
      "/api/tags": .response(EngineResponse(200, tags, server: "rollcall")),
      "/api/ps": .response(EngineResponse(200, tags, server: "rollcall")),
      "/api/v0/models": .response(EngineResponse(200, #"{"data":[{"id":"m","publisher":"p","state":"loaded"}]}"#)),
    ])
    let report = try #require(outcome.report)
    #expect(report.kind == .openai && report.models.count == 1)
  }

  @Test func `an empty Rollcall is no empty Ollama`() async throws {
    let (outcome, _) = try await converse([
      "/v1/models": .response(EngineResponse(200, #"{"object":"list","data":[]}"#)),
      "/api/tags": .response(EngineResponse(200, #"{"models":[]}"#, server: "rollcall")),
    ])
    #expect(try #require(outcome.report).kind == .openai)
  }
}
