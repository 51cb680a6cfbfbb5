import Catalog
import HTTP
import HTTPTypes
import Services
import Testing

@Suite struct RESTServiceTests {
  @Test func `readiness follows sources and draining, liveness nothing`() throws {
    let fixture = try Fixture(ready: false)
    #expect(fixture.get("/healthz").status == .ok)
    #expect(fixture.get("/readyz").status == .serviceUnavailable)
    #expect(text(fixture.get("/readyz")).contains("sources"))
    fixture.catalogue.markReady()
    #expect(fixture.get("/readyz").status == .ok)
    #expect(text(fixture.get("/readyz")) == "ok\n")
    fixture.environment.draining.begin()
    #expect(fixture.get("/readyz").status == .serviceUnavailable)
    #expect(text(fixture.get("/readyz")) == "draining\n")
    #expect(fixture.get("/healthz").status == .ok)
  }

  @Test(arguments: ["/", "/v1", "/v1/chat/completions", "/favicon.ico", "/v1/models2"])
  func `unknown routes are 404 and tell which there are`(path: String) throws {
    let response = try Fixture().get(path)
    #expect(response.status == .notFound)
    let message = try #require(try error(response)["message"] as? String)
    for route in ["/v1/models", "/v1/models/{id...}", "/healthz", "/readyz", "/metrics"] {
      #expect(message.contains(route))
    }
  }

  @Test func `other methods are 405`() throws {
    let response = try Fixture().get("/v1/models", method: .post)
    #expect(response.status == .methodNotAllowed)
    #expect(response.fields[.allow] == "GET, HEAD, OPTIONS")
  }

  @Test func `metrics tell models and engines by state, requests, watches and the process`() async throws {
    let fixture = try Fixture()
    try await fixture.serve((0..<300).map { "m\($0)" })
    try await fixture.serve(["x", "y"], on: "e2", state: .unreachable)
    _ = fixture.get("/v1/models/ghost")
    guard case .stream(let watch) = fixture.get("/v1/models?watch=true").body else {
      Issue.record("no stream")
      return
    }
    let response = fixture.get("/metrics")
    #expect(response.fields[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
    let lines = Set(text(response).split(separator: "\n").map(String.init))
    for line in [
      #"rollcall_build_info{version="1.2.3"} 1"#,
      "rollcall_ready 1",
      #"rollcall_models{state="READY"} 300"#,
      #"rollcall_models{state="UNREACHABLE"} 2"#,
      #"rollcall_models{state="FAILED"} 0"#,
      #"rollcall_engines{state="READY"} 1"#,
      #"rollcall_engines{state="UNREACHABLE"} 1"#,
      "rollcall_revision \(fixture.catalogue.view.head)",
      "rollcall_history_events 302",
      #"rollcall_watchers{protocol="sse"} 1"#,
      #"rollcall_http_requests_total{route="/v1/models/{id...}",method="GET",code="404"} 1"#,
      "# TYPE process_cpu_seconds_total counter",
    ] {
      #expect(lines.contains(line), "\(line)")
    }
    watch.closed()
    try await fixture.serve(["m1"])
    let after = text(fixture.get("/metrics"))
    #expect(after.contains(#"rollcall_models{state="READY"} 1"# + "\n"))
    #expect(after.contains(#"rollcall_watchers{protocol="sse"} 0"#))
  }
}
