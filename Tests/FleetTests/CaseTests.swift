import Catalog
import Foundation
import TestKit
import Testing

@testable import Fleet

/// Small answers after public bug reports.
@Suite("Engines as bug reports show them")
struct CaseTests {
  /// Has an engine probed that answers as a case says. Every other path is 404.
  static func probe(_ name: String) async throws -> ScriptedExchange {
    let file = Bundle.module.bundleURL.appending(path: "Cases/\(name).json")
    let answers = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    var replies: [String: ExchangeResult] = [:]
    for (request, answer) in answers where request.hasPrefix("GET ") {
      let path = String(request.dropFirst("GET ".count))
      switch answer {
      case "429, Retry-After: 30" as String:
        replies[path] = .response(EngineResponse(status: 429, retryAfter: .seconds(30)))
      // A costly answer: nobody may ask for it.
      case let text as String: replies[path] = text.hasPrefix("takes") ? .failure(.unanswered) : .ok(text)
      default:
        replies[path] = .ok(String(decoding: try JSONSerialization.data(withJSONObject: answer), as: UTF8.self))
      }
    }
    return try await ScriptedExchange(replies)
  }

  @Test(arguments: [
    ("duplicate-ids", EngineKind.openai, ["gpt-x", "llama-y"], ""),
    ("odd-entries", .openai, ["good-1", "good-2"], "5 entries of its list are left out: they have no usable id"),
    ("data-null", .openai, [], ""),
    ("ollama-emulation", .openai, ["Phi-4-GGUF", "Qwen-3B-GGUF"], ""),
    ("only-v1-is-passed-on", .vllm, ["org/m"], ""),
    ("costly-health", .openai, ["gpt-x"], ""),
  ])
  func `an engine lists its models`(name: String, kind: EngineKind, models: [String], remark: String) async throws {
    let talk = try await Self.probe(name)
    let report = try #require(talk.report, "\(talk.outcome)")
    #expect(talk.outcome.name == "healthy")
    #expect(report.kind == kind)
    #expect(report.models.map(\.facts.modelID) == models && report.models.allSatisfy { $0.state == nil })
    #expect(report.remark == remark)
    #expect(kind == .vllm || !talk.paths.contains("/health"))
  }

  @Test func `a proxy that swaps models tells which are loaded`() async throws {
    let report = try #require(try await Self.probe("swapping-proxy").report)
    #expect(report.kind == .llamaSwap && report.version == "190")
    #expect(report.models.map(\.facts.modelID) == ["coder", "tiny"])
    #expect(report.models.map(\.state) == [.ready, .cold] && report.models[0].facts.maxModelLen == 65_536)
  }

  @Test func `a list that is passed on alone gives a context length, and no readings`() async throws {
    let report = try #require(try await Self.probe("only-v1-is-passed-on").report)
    #expect(report.models.map(\.facts.maxModelLen) == [4096])
    #expect(report.scrape == nil && report.serverLoad == nil)
  }

  @Test func `a context length is read wherever it is`() async throws {
    let report = try #require(try await Self.probe("context-length-names").report)
    #expect(report.models.map(\.facts.maxModelLen) == [4096, 8192, 2048, 16_384])
  }

  @Test func `an engine that asks to be asked later is left alone, and keeps what was known`() async throws {
    let talk = try await Self.probe("not-now")
    #expect(talk.outcome == .notNow("GET http://engine:8000/v1/models: 429", wait: .seconds(30)))
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    let settled = engine.probe(talk.outcome)
    #expect(engine.state == .ready && engine.models?.count == 1 && settled.delay == .seconds(30))
    #expect(engine.facts?.condition.reason.contains("until") == true)
  }

  /// An odd thing in place of one entry of a good list, or in it.
  static let oddities = [
    "null", "7", "[]", "{}", #""m""#, "true", "NaN", #"{"id":null}"#, #"{"id":""}"#, #"{"id":{"a":1}}"#, #"{"id":[]}"#,
    #"{"id":1e99}"#, #"{"name":"m"}"#, #"{"id":"\u0000"}"#, #"{"id":"\#(String(repeating: "y", count: 600))"}"#,
    "[[[[]]]]", "-1", #"{"data":[{"id":"n"}]}"#,
  ]

  @Test func `whatever one entry is, the others are listed`() async throws {
    var random = SystemRandomNumberGenerator()
    for kind in [EngineKind.vllm, .llamacpp, .sglang, .openai, .litellm, .infinity] {
      for odd in Self.oddities {
        var entries = (0..<8).map { Self.entry($0, kind) }
        entries.insert(odd, at: Int.random(in: 0...8, using: &random))
        let bare = Bool.random()
        let list = "[\(entries.joined(separator: ","))]"
        let talk = try await ScriptedExchange(["/v1/models": .ok(bare ? list : #"{"data":\#(list)}"#)])
        let ids = Set(talk.report?.models.map(\.facts.modelID) ?? [])
        #expect(ids.isSuperset(of: (0..<8).map { "m\($0)" }) && ids.count == 8, "\(kind), \(odd): \(talk.outcome)")
        #expect(talk.report?.remark.hasPrefix("1 entry of its list is left out") == true)
      }
    }
  }

  @Test func `whatever one field of an entry is, all entries are listed`() async throws {
    let fields = [
      "object", "created", "owned_by", "root", "parent", "max_model_len", "meta", "status", "state", "aliases",
      "permission", "mode", "capabilities", "stats", "model_ability", "context_length", "max_input_tokens",
    ]
    for field in fields {
      for odd in ["null", "7", "-7", "1e400", "[]", "{}", #""x""#, "true", #"[{"a":[]}]"#, #"{"value":[]}"#, "NaN"] {
        let entries = (0..<4).map { #"{"id":"m\#($0)"\#($0 == 2 ? #","\#(field)":\#(odd)"# : "")}"# }
        let talk = try await ScriptedExchange(["/v1/models": .ok(#"{"data":[\#(entries.joined(separator: ","))]}"#)])
        #expect(talk.report?.models.count == 4, "\(field): \(odd): \(talk.outcome)")
      }
    }
  }

  private static func entry(_ number: Int, _ kind: EngineKind) -> String {
    let owner = kind == .llamacpp ? "llamacpp" : kind.rawValue
    return #"{"id":"m\#(number)","object":"model","created":1677610602,"owned_by":"\#(owner)","max_model_len":8}"#
  }
}
