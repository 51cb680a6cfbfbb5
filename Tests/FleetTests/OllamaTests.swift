import Catalog
import Testing

@testable import Fleet

/// The shapes are those of Ollama's documentation and source, not recorded.
@Suite("Ollama's dialect")
struct OllamaTests {
  let version = ExchangeResult.response(EngineResponse(200, #"{"version":"0.12.3"}"#))
  let list = """
    {"object":"list","data":[\
    {"id":"llama3:latest","object":"model","created":1795355596,"owned_by":"library"},\
    {"id":"team/qwen:7b","object":"model","created":1795355590,"owned_by":"team"}]}
    """
  let tags = """
    {"models":[{"name":"llama3:latest","model":"llama3:latest","modified_at":"2026-11-22T13:00:00Z","size":1,\
    "digest":"365c0bd3c000a25d28ddbf732fe1c6add414de7275464c4e4d1c3b5fcb5d8ad1","details":{"family":"llama"}}]}
    """
  let loaded = """
    {"models":[{"name":"llama3:latest","model":"llama3:latest","size_vram":1,"context_length":4096,\
    "expires_at":"2026-11-22T14:00:00Z"}]}
    """

  @Test func `Ollama's installed models are COLD until they are in memory`() async throws {
    let (outcome, asked) = try await converse([
      "/api/version": version, "/v1/models": .response(EngineResponse(200, list)),
      "/api/tags": .response(EngineResponse(200, tags)),
      "/api/ps": .response(EngineResponse(200, loaded)),
    ])
    let report = try #require(outcome.report)
    #expect(report.kind == .ollama)
    #expect(report.version == "0.12.3")
    #expect(
      report.models == [
        ReportedModel(
          ReplicaFacts(
            modelID: "llama3:latest", ownedBy: "library", version: "365c0bd3c000", maxModelLen: 4096), state: .ready),
        ReportedModel(ReplicaFacts(modelID: "team/qwen:7b", ownedBy: "team"), state: .cold),
      ])
    #expect(report.resources == ["llama3:latest": ["model_bytes": 1, "vram_bytes": 1]])
    #expect(asked == ["/v1/models", "/api/tags", "/api/version", "/api/ps"], "no answer is asked for twice")
  }

  @Test func `a Rollcall that answers as Ollama does is none`() async throws {
    let (outcome, asked) = try await converse([
      "/api/version": .response(EngineResponse(200, #"{"version":"0.1.0"}"#, server: "rollcall")),
      "/v1/models": .response(EngineResponse(200, list)),
      "/api/tags": .response(EngineResponse(200, tags, server: "rollcall")),
      "/api/ps": .response(EngineResponse(200, loaded)),
    ])
    #expect(try #require(outcome.report).kind == .openai)
    #expect(!asked.contains("/api/ps"))
  }

  @Test func `Ollama without installed models has an empty list`() async throws {
    let (outcome, _) = try await converse([
      "/api/version": version, "/v1/models": .response(EngineResponse(200, #"{"object":"list","data":null}"#)),
      "/api/ps": .response(EngineResponse(200, #"{"models":null}"#)),
      "/api/tags": .response(EngineResponse(200, #"{"models":[]}"#)),
    ])
    let report = try #require(outcome.report)
    #expect(report.kind == .ollama && report.version == "0.12.3" && report.models == [])
  }

  @Test func `Ollama's models have the engine's state when it does not report its memory`() async throws {
    let (outcome, _) = try await converse(
      kind: .ollama, ["/api/version": version, "/v1/models": .response(EngineResponse(200, list))])
    #expect(try #require(outcome.report).models.allSatisfy { $0.state == nil })
  }
}
