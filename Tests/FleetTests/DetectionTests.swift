import Catalog
import Testing

@testable import Fleet

@Suite("Which kind an engine is, is found out from its answers")
struct DetectionTests {
  static let bare = Reply.ok(#"{"object":"list","data":[{"id":"m","object":"model"}]}"#)

  @Test func everyKindHasOneTable() {
    #expect(EngineKind.allCases.allSatisfy { $0.dialect.kind == $0 })
    #expect(
      EngineKind.allCases.map(\.rawValue) == [
        "vllm", "llamacpp", "ollama", "sglang", "tgi", "lmdeploy", "trtllm", "triton", "openai",
      ])
  }

  @Test func noListIsRecognisedByTwoKinds() throws {
    let lists =
      [Recorded.vllmModels, Recorded.llamacppModels]
      + [
        Written.sglang, Written.tgi, Written.lmdeploy, Written.trtllm,
      ].compactMap { $0["/v1/models"]?.answer }
    for answer in lists {
      let list = try ModelList(answer.body)
      #expect(EngineKind.allCases.filter { $0.dialect.recognises(answer, list) }.count == 1)
    }
  }

  @Test func aBareListIsAskedForSignaturesOnce() async throws {
    let talk = try await Talk(wantsVersion: false, ["/v1/models": Self.bare])
    #expect(talk.report?.kind == .openai)
    #expect(talk.paths == ["/v1/models", "/api/version", "/health"])
    let later = try await Talk(detected: .openai, wantsVersion: false, ["/v1/models": Self.bare])
    #expect(later.paths == ["/health", "/v1/models"])
  }

  @Test(arguments: [400, 404, 405])
  func withoutAListNothingIsInvented(status: Int) async throws {
    let talk = try await Talk(otherwise: .status(status), [:])
    #expect(talk.outcome == .broken("GET /v1/models: \(status)"))
    #expect(talk.paths == ["/v1/models", "/v2"])
  }

  @Test(arguments: [#"{"name":"other"}"#, "null", "[]", "<html>", #"{"name":7}"#])
  func anotherServerBelowV2IsNoTriton(body: String) async throws {
    let talk = try await Talk(["/v2": .ok(body)])
    #expect(talk.outcome == .broken("GET /v1/models: 404"))
  }

  @Test(arguments: [401, 403, 500, 503, 301])
  func otherRefusalsAreNotFollowedByMoreQuestions(status: Int) async throws {
    let talk = try await Talk(otherwise: .status(status), Written.triton.filter { $0.key == "/v2" })
    #expect(talk.paths == ["/v1/models"])
  }

  @Test func aSignatureThatIsLostSaysNothing() async throws {
    let talk = try await Talk(otherwise: .failure(.timedOut), ["/v1/models": Self.bare])
    #expect(talk.outcome == .down("timed out"))
  }

  @Test func anEngineThatTookAnothersPlaceIsFoundOut() async throws {
    #expect(try await Talk(detected: .triton, Written.sglang).report?.kind == .sglang)
    #expect(try await Talk(detected: .sglang, Written.triton).report?.kind == .triton)
    #expect(try await Talk(detected: .tgi, Written.lmdeploy).report?.kind == .lmdeploy)
  }
}
