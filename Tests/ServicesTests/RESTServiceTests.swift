import Catalog
import HTTP
import HTTPTypes
import Services
import Testing

@Suite struct RESTServiceTests {
  @Test func `readiness follows sources and draining, and liveness follows nothing`() throws {
    let fixture = try Fixture(ready: false, progress: "2 of 2 engines asked, none has answered")
    let list = fixture.get("/v1/models")
    #expect(list.status == .serviceUnavailable)
    #expect(text(list).contains("The list is not complete yet: 2 of 2 engines asked, none has answered."))
    #expect(fixture.get("/healthz").status == .ok)
    #expect(fixture.get("/readyz").status == .serviceUnavailable)
    #expect(text(fixture.get("/readyz")) == "not ready: 2 of 2 engines asked, none has answered\n")
    fixture.catalog.markReady()
    #expect(fixture.get("/readyz").status == .ok)
    #expect(text(fixture.get("/readyz")) == "ok\n")
    fixture.environment.draining.begin()
    #expect(fixture.get("/readyz").status == .serviceUnavailable)
    #expect(text(fixture.get("/readyz")) == "draining\n")
    #expect(fixture.get("/healthz").status == .ok)
  }

  @Test func `stored models are listed before sources are synced, but the server is not ready yet`() async throws {
    let store = SwitchedStore()
    let before = try Fixture(store: store)
    try await before.serve(["a", "b"])
    let fixture = try Fixture(ready: false, store: store)
    #expect(text(fixture.get("/v1/models")) == text(before.get("/v1/models")))
    #expect(fixture.get("/v1/models").fields[.eTag] == before.get("/v1/models").fields[.eTag])
    #expect(fixture.get("/v1/models/ghost").status == .notFound)
    #expect(fixture.get("/readyz").status == .serviceUnavailable)
    #expect(text(fixture.get("/metrics")).contains("rollcall_ready 0\n"))
    #expect(fixture.catalog.view.head == before.catalog.view.head)
  }

  @Test func `the server is ready while the store takes no writes, and shows since when and why`() async throws {
    let store = SwitchedStore()
    let fixture = try Fixture(store: store)
    try await fixture.serve(["a"])
    #expect(text(fixture.get("/metrics")).contains("rollcall_store_up 1\n"))
    store.fail("the disk is full")
    for seconds: Int64 in [1_700_000_060, 1_700_000_120] {
      await #expect(throws: StoreError.self) { try await fixture.serve(["b"], at: seconds) }
    }
    let response = fixture.get("/readyz")
    #expect(response.status == .ok)
    #expect(text(response) == "ok, but writes fail since 2023-11-14T22:14:20.000000Z: the disk is full\n")
    #expect(text(fixture.get("/healthz")) == "ok\n")
    #expect(fixture.get("/v1/models/a").status == .ok)
    let metrics = text(fixture.get("/metrics"))
    for line in [
      "rollcall_ready 1", "rollcall_store_up 0", #"rollcall_store_commits_total{outcome="ok"} 1"#,
      #"rollcall_store_commits_total{outcome="failed"} 2"#, "# TYPE rollcall_store_commit_duration_seconds histogram",
      "rollcall_store_commit_duration_seconds_count 3",
      "rollcall_history_revisions 1", "rollcall_history_floor_revision 1000000",
      "rollcall_history_floor_timestamp_seconds 1",
    ] {
      #expect(metrics.contains(line + "\n"), "\(line)")
    }
    store.fail(nil)
    try await fixture.serve(["b"])
    #expect(text(fixture.get("/readyz")) == "ok\n")
  }

  @Test func `readiness shows why engines are not probed`() throws {
    let trouble = "2 engines are not probed: this process has too many open files"
    let fixture = try Fixture(ready: false, trouble: trouble)
    #expect(text(fixture.get("/readyz")) == "not ready; \(trouble)\n")
    fixture.catalog.markReady()
    #expect(fixture.get("/readyz").status == .serviceUnavailable)
    #expect(text(fixture.get("/readyz")) == "not ready: \(trouble)\n")
  }

  @Test(arguments: ["/", "/v1", "/v1/chat/completions", "/favicon.ico", "/v1/models2"])
  func `an unknown route is 404 and lists the routes`(path: String) throws {
    let response = try Fixture().get(path)
    #expect(response.status == .notFound)
    let message = try #require(try error(response)["message"] as? String)
    for route in ["/v1/models", "/v1/models/{id...}", "/v1/models:diff", "/healthz", "/readyz", "/metrics"] {
      #expect(message.contains(route))
    }
  }

  @Test func `any other method is 405`() throws {
    for path in ["/v1/models", "/v1/models/a", "/v1/models:diff"] {
      for method in [HTTPRequest.Method.post, .put, .delete, .patch] {
        let response = try Fixture().get(path, method: method)
        #expect(response.status == .methodNotAllowed)
        #expect(response.fields[.allow] == "GET, HEAD, OPTIONS")
      }
    }
  }

  @Test func `the metrics show models and engines by state, requests, watches and the process`() async throws {
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
      "rollcall_revision \(fixture.catalog.view.head)",
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
