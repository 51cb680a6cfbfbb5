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
        "vllm", "llamacpp", "ollama", "sglang", "tgi", "lmdeploy", "trtllm", "triton", "litellm", "llama-swap",
        "lmstudio", "xinference", "infinity", "tei", "fastchat", "transformers", "localai", "ovms", "openai",
      ])
  }

  @Test func `an engine that bears one sign is asked for a second, and not each time`() async throws {
    let talk = try await ScriptedExchange(wantsVersion: false, ["/v1/models": Self.bare])
    #expect(talk.report?.kind == .openai)
    #expect(talk.paths == ["/v1/models", "/system"])
    #expect(talk.report?.missing == ["/system"])
    let later = try await ScriptedExchange(
      detected: .openai, wantsVersion: false, skipping: ["/system"], ["/v1/models": Self.bare])
    #expect(later.paths == ["/v1/models"])
  }

  @Test(arguments: [400, 404, 405])
  func `a server without a list of models is broken`(status: Int) async throws {
    let talk = try await ScriptedExchange(otherwise: .status(status), [:])
    #expect(talk.outcome == .broken("GET http://engine:8000/v1/models: \(status)"))
    #expect(talk.paths == ["/v1/models", "/models", "/v3/models", "/info", "/v2"])
  }

  @Test(arguments: [#"{"name":"other"}"#, "null", "[]", "<html>", #"{"name":7}"#])
  func `another server at the path v2 is not recognised as Triton`(body: String) async throws {
    let talk = try await ScriptedExchange(["/v2": .ok(body)])
    #expect(talk.outcome == .broken("GET http://engine:8000/v1/models: 404"))
  }

  @Test(arguments: [401, 403, 500, 503, 301])
  func `another refusal of the list is not followed by more requests`(status: Int) async throws {
    let talk = try await ScriptedExchange(
      otherwise: .status(status), DocumentedAnswers.triton.filter { $0.key == "/v2" })
    #expect(talk.paths == ["/v1/models"])
  }

  @Test func `an engine whose second sign is lost serves what it lists`() async throws {
    let talk = try await ScriptedExchange(otherwise: .failure(.timedOut), ["/v1/models": Self.bare])
    #expect(talk.report?.kind == .openai && talk.report?.models.count == 1)
    #expect(talk.report?.missing == [])
  }

  @Test func `an engine keeps its kind while its second sign is lost`() async throws {
    var replies = DocumentedAnswers.tgi
    replies["/info"] = .failure(.closed)
    #expect(try await ScriptedExchange(detected: .tgi, replies).report?.kind == .tgi)
    #expect(try await ScriptedExchange(replies).report?.kind == .openai)
  }

  @Test func `an engine that takes another's place is detected anew`() async throws {
    #expect(try await ScriptedExchange(detected: .triton, DocumentedAnswers.sglang).report?.kind == .sglang)
    #expect(try await ScriptedExchange(detected: .sglang, DocumentedAnswers.triton).report?.kind == .triton)
    #expect(try await ScriptedExchange(detected: .tgi, DocumentedAnswers.lmdeploy).report?.kind == .lmdeploy)
  }
}
