import Catalog
import Testing

@testable import Fleet

@Suite("The detection of an engine's kind")
struct DetectionTests {
  static let bare = ExchangeResult.ok(#"{"object":"list","data":[{"id":"m","object":"model"}]}"#)

  @Test func `every kind of engine has one dialect`() {
    #expect(EngineKind.allCases.allSatisfy { $0.dialect.kind == $0 })
    #expect(
      EngineKind.allCases.map(\.rawValue) == [
        "vllm", "llamacpp", "ollama", "sglang", "tgi", "lmdeploy", "trtllm", "triton", "openai",
      ])
  }

  @Test func `no list is recognised by two dialects`() throws {
    let lists =
      [Recorded.vllmModels, Recorded.llamacppModels]
      + [
        DocumentedAnswers.sglang, DocumentedAnswers.tgi, DocumentedAnswers.lmdeploy, DocumentedAnswers.trtllm,
      ].compactMap { $0["/v1/models"]?.response }
    for answer in lists {
      let list = try ModelList(answer.body)
      #expect(EngineKind.allCases.filter { $0.dialect.recognises(answer, list) }.count == 1)
    }
  }

  @Test func `an engine with a bare list is asked for signatures once`() async throws {
    let talk = try await ScriptedExchange(wantsVersion: false, ["/v1/models": Self.bare])
    #expect(talk.report?.kind == .openai)
    #expect(talk.paths == ["/v1/models", "/api/version", "/health"])
    let later = try await ScriptedExchange(detected: .openai, wantsVersion: false, ["/v1/models": Self.bare])
    #expect(later.paths == ["/health", "/v1/models"])
  }

  @Test(arguments: [400, 404, 405])
  func `a server without a list of models is broken`(status: Int) async throws {
    let talk = try await ScriptedExchange(otherwise: .status(status), [:])
    #expect(talk.outcome == .broken("GET /v1/models: \(status)"))
    #expect(talk.paths == ["/v1/models", "/v2"])
  }

  @Test(arguments: [#"{"name":"other"}"#, "null", "[]", "<html>", #"{"name":7}"#])
  func `another server at the path v2 is not recognised as Triton`(body: String) async throws {
    let talk = try await ScriptedExchange(["/v2": .ok(body)])
    #expect(talk.outcome == .broken("GET /v1/models: 404"))
  }

  @Test(arguments: [401, 403, 500, 503, 301])
  func `another refusal of the list is not followed by more requests`(status: Int) async throws {
    let talk = try await ScriptedExchange(
      otherwise: .status(status), DocumentedAnswers.triton.filter { $0.key == "/v2" })
    #expect(talk.paths == ["/v1/models"])
  }

  @Test func `an engine whose signature times out is down`() async throws {
    let talk = try await ScriptedExchange(otherwise: .failure(.timedOut), ["/v1/models": Self.bare])
    #expect(talk.outcome == .down("timed out", cause: .timedOut))
  }

  @Test func `an engine that takes another's place is detected anew`() async throws {
    #expect(try await ScriptedExchange(detected: .triton, DocumentedAnswers.sglang).report?.kind == .sglang)
    #expect(try await ScriptedExchange(detected: .sglang, DocumentedAnswers.triton).report?.kind == .triton)
    #expect(try await ScriptedExchange(detected: .tgi, DocumentedAnswers.lmdeploy).report?.kind == .lmdeploy)
  }
}
