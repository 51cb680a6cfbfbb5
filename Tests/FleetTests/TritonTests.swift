import Catalog
import Scrape
import Testing

@testable import Fleet

/// The answers are written down from its documentation and source, not recorded.
@Suite("Triton's dialect")
struct TritonTests {
  static func index(_ body: String) async throws -> ScriptedExchange {
    var replies = DocumentedAnswers.triton
    replies["/v2/repository/index"] = .ok(body)
    return try await ScriptedExchange(kind: .triton, replies)
  }

  @Test func `Triton's models are those of its repository, each with its state`() async throws {
    let talk = try await ScriptedExchange(DocumentedAnswers.triton)
    let report = try #require(talk.report)
    #expect(report.kind == .triton && report.version == "2.48.0")
    #expect(
      report.models == [
        ReportedModel(ReplicaFacts(modelID: "bert", version: "10"), state: .ready),
        ReportedModel(
          ReplicaFacts(modelID: "broken", version: "1"), state: .failed, reason: "Internal: failed to load all models"),
        ReportedModel(ReplicaFacts(modelID: "gone", version: "1"), state: .draining),
        ReportedModel(ReplicaFacts(modelID: "never"), state: .cold),
        ReportedModel(ReplicaFacts(modelID: "new", version: "2"), state: .loading),
        ReportedModel(ReplicaFacts(modelID: "off", version: "3"), state: .cold),
      ])
    #expect(talk.asks.first { $0.path == "/v2/repository/index" }?.body == "{}")
    #expect(
      talk.paths == [
        "/v1/models", "/models", "/v3/models", "/info", "/v2", "/v2/repository/index", "/v2/health/live", "/metrics",
      ])
    #expect(report.missing == ["/metrics", "/v1/models", "/models", "/v3/models", "/info"] && report.scrape == nil)
  }

  @Test func `a detected Triton is asked for its health and its repository alone`() async throws {
    let talk = try await ScriptedExchange(
      detected: .triton, wantsVersion: false, skipping: ["/metrics"], DocumentedAnswers.triton)
    #expect(talk.report?.models.count == 6)
    #expect(talk.paths == ["/v2/repository/index", "/v2/health/live"])
  }

  @Test func `Triton's metrics are read where the same address has them`() async throws {
    var replies = DocumentedAnswers.triton
    replies["/metrics"] = .ok(
      """
      nv_inference_request_success{model="bert",version="9"} 5
      nv_inference_request_success{model="bert",version="10"} 2
      nv_inference_request_success{model="off",version="3"} 1
      nv_inference_pending_request_count{model="bert",version="10"} 4
      """)
    let scrape = try #require(await ScriptedExchange(replies).report?.scrape)
    #expect(scrape.counters == [.finishedRequests: 8] && scrape.gauges == [.waitingRequests: 4])
    #expect(scrape.models["bert"]?.counters == [.finishedRequests: 7])
    #expect(scrape.models["bert"]?.gauges == [.waitingRequests: 4])
  }

  @Test func `Triton has no request that proves life`() async throws {
    let proof = ProofRequest(modelIDs: ["bert"], timeout: .seconds(1))
    let talk = try await ScriptedExchange(kind: .triton, proof: proof, DocumentedAnswers.triton)
    #expect(talk.report?.proof == .unclear("it has no request for a proof of life"))
    #expect(talk.asks.filter { $0.body != nil }.map(\.path) == ["/v2/repository/index"])
  }

  @Test func `Triton is DRAINING while it exits`() async throws {
    var replies = DocumentedAnswers.triton
    replies["/v2/health/live"] = .status(503, #"{"error":"Server exiting"}"#)
    #expect(try await ScriptedExchange(kind: .triton, replies).outcome.name == "draining")
    replies["/v2/repository/index"] = .status(503, #"{"error":"Server exiting"}"#)
    #expect(try await ScriptedExchange(kind: .triton, replies).outcome == .draining("the server exits"))
    replies["/v2/health/live"] = .status(400)
    #expect(
      try await ScriptedExchange(kind: .triton, replies).outcome
        == .unhealthy(
          "GET http://engine:8000/v2/health/live: 400"))
  }

  @Test func `ten thousand versions of one Triton model are one model`() async throws {
    let entries = (0..<10_000).map { #"{"name":"m","version":"\#($0)","state":"READY"}"# }
    let talk = try await Self.index("[\(entries.joined(separator: ","))]")
    #expect(talk.report?.models.map(\.facts) == [ReplicaFacts(modelID: "m", version: "9999")])
  }

  @Test func `ten thousand Triton models are cut`() async throws {
    let entries = (0..<10_000).map { #"{"name":"m\#($0)","version":"1","state":"READY"}"# }
    let talk = try await Self.index("[\(entries.joined(separator: ","))]")
    #expect(talk.report?.models.count == 4_096)
    #expect(talk.report?.remark == "it lists 10000 models, of which 4096 are taken")
  }

  @Test(arguments: [
    "", "null", "{}", "7", #"{"data":[]}"#, "[1]", "[null]", "[[]]", #"[{"version":"1"}]"#, #"[{"name":null}]"#,
    #"[{"name":7}]"#, #"[{"name":""}]"#, #"[{"name":"a\u0000b"}]"#,
    #"{"error":"no"}"#, String(repeating: "[", count: 2_000),
  ])
  func `a malformed repository is refused`(body: String) async throws {
    let talk = try await Self.index(body)
    #expect(talk.outcome.name == "broken" && talk.report == nil)
  }

  @Test(arguments: [
    #"{"name":"m","version":1,"state":true,"reason":[]}"#, #"{"name":"m","state":null}"#,
    #"{"name":"m","state":"READY "}"#,
    #"{"name":"m","state":"ready","version":"9223372036854775808"}"#, #"{"name":"m","state":"UNKNOWN"}"#,
    #"{"name":"m","state":"UNAVAILABLE","reason":null}"#,
  ])
  func `a model with an unknown state is never READY`(entry: String) async throws {
    let talk = try await Self.index("[\(entry)]")
    #expect(talk.report?.models.map(\.state) == [.cold])
  }

  @Test func `a long reason is cut`() async throws {
    let reason = String(repeating: "x", count: 3_000)
    let talk = try await Self.index(#"[{"name":"m","state":"UNAVAILABLE","reason":"\#(reason)"}]"#)
    #expect(talk.report?.models.first?.state == .failed)
    #expect(talk.report?.models.first?.reason.count == 200)
  }
}
