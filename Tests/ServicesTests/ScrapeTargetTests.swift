import Catalog
import HTTP
import HTTPTypes
import Testing
import Wire

@testable import Services

@Suite struct ScrapeTargetTests {
  private let paths: [String: String?] = ["vllm": "/metrics", "ollama": nil]

  private func target(_ endpoint: String, kind: String = "vllm") -> ScrapeTarget? {
    var engine = EngineMessage(namespace: "n", id: "i")
    (engine.endpoint, engine.kind) = (endpoint, kind)
    return ScrapeTarget(engine, metricsPaths: paths)
  }

  @Test(arguments: [
    ("http://a:8000", "a:8000", "http", "/metrics"), ("http://a", "a:80", "http", "/metrics"),
    ("https://a", "a:443", "https", "/metrics"), ("https://a:1/x/y", "a:1", "https", "/x/y/metrics"),
    ("http://[::1]:8000", "[::1]:8000", "http", "/metrics"), ("http://[::1]", "[::1]:80", "http", "/metrics"),
  ])
  func `an engine is scraped at its address`(endpoint: String, address: String, scheme: String, path: String) throws {
    let target = try #require(self.target(endpoint))
    let labels = Dictionary(target.labels) { first, _ in first }
    #expect(target.address == address && labels["__scheme__"] == scheme && labels["__metrics_path__"] == path)
  }

  @Test func `an engine without address or metrics is no target, and an engine of an unknown kind may be`() {
    #expect(target("") == nil && target("ftp://a:1") == nil && target("http://") == nil)
    #expect(target("http://a", kind: "ollama") == nil)
    #expect(target("http://a", kind: "") != nil && target("http://a", kind: "brand-new") != nil)
  }

  @Test func `the names are valid for Prometheus, and the values are JSON`() throws {
    var engine = EngineMessage(namespace: "n", id: "i\"\n")
    engine.endpoint = "http://a:1"
    engine.labels = ["team/a": "1", "team.a": "2", "é": "3"]
    engine.models = ["m", "org/n"]
    var bytes = [UInt8]()
    try #require(ScrapeTarget(engine, metricsPaths: [:])).append(to: &bytes)
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == #"{"targets":["a:1"],"labels":{"__scheme__":"http","__metrics_path__":"/metrics","#
        + #""__meta_rollcall_namespace":"n","__meta_rollcall_engine":"i\"\n","__meta_rollcall_models":",m,org/n,","#
        + #""__meta_rollcall_label_team_a":"2","__meta_rollcall_label__":"3"}}"#)
  }

  @Test func `the target says how the engine is asked, without what names files of this server`() throws {
    var engine = EngineMessage(namespace: "n", id: "i")
    engine.endpoint = "http://a:1"
    var claim = EngineClaim(sourceKind: "static", sourceName: "", part: "", id: "i", isProbed: true)
    claim.timeout = .milliseconds(1500)
    claim.options = ["list": "/v3/models", "server-name": "x", "ca-file": "/secret/ca", "key-env": "S"]
    let target = try #require(ScrapeTarget(engine, metricsPaths: [:], claim: claim))
    let labels = Dictionary(target.labels) { first, _ in first }.filter { $0.key.hasPrefix("__rollcall_") }
    #expect(
      labels == [
        "__rollcall_list__": "/v3/models", "__rollcall_server_name__": "x", "__rollcall_timeout__": "1500ms",
      ])
    claim.options["metrics"] = "off"
    #expect(ScrapeTarget(engine, metricsPaths: [:], claim: claim) == nil, "Prometheus leaves alone what Rollcall does")
  }

  @Test func `the list of targets is JSON, of one namespace on request`() async throws {
    let fixture = try Fixture(metricsPaths: paths)
    #expect(text(await fixture.getEventually("/http_sd")) == "[]\n")
    try await fixture.serve(["m"], on: "e1")
    try await fixture.serve(["m"], on: "e2", namespace: "team")
    try await fixture.serve(["o"], on: "e3", kind: "ollama")
    let all = await fixture.getEventually("/http_sd")
    #expect(all.status == .ok && all.fields[.contentType] == "application/json")
    #expect(text(all).contains(#"["e1:8000"]"#) && text(all).contains(#"["e2:8000"]"#) && !text(all).contains("e3"))
    let team = text(await fixture.getEventually("/http_sd?namespace=team"))
    #expect(team.contains("e2") && !team.contains("e1"))
    #expect(await fixture.getEventually("/http_sd?namespace=a&namespace=b").status == .badRequest)
    // Prometheus keeps what it had when it is not answered.
    #expect(await (try Fixture(ready: false)).getEventually("/http_sd").status == .serviceUnavailable)
  }
}
