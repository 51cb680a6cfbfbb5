import Catalog
import HTTP
import HTTPTypes
import Testing
import Wire

@testable import Services

@Suite struct MetricsTests {
  /// The lines of `/metrics` with samples, without zeros.
  private func samples(_ fixture: Fixture) -> Set<String> {
    Set(text(fixture.get("/metrics")).split(separator: "\n").filter { !$0.hasSuffix(" 0") }.map(String.init))
  }

  private func watch(_ fixture: Fixture, _ query: String = "watch=true") throws -> any BodySource {
    guard case .stream(let source) = fixture.get("/v1/models?" + query).body else { throw NoStream() }
    pull(source)
    return source
  }

  private func pull(_ source: any BodySource, after time: Duration = .zero) {
    var slices = [ArraySlice<UInt8>]()
    while source.produce(into: &slices, now: .now + time) == .more {}
  }

  private struct NoStream: Error {}

  @Test func `the metrics show the lag of each protocol's slowest watch, in events behind the head`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"])
    let (slow, quick) = (try watch(fixture), try watch(fixture))
    #expect(!samples(fixture).contains { $0.hasPrefix("rollcall_watch_lag_events") })
    try await fixture.serve(["a", "b", "c", "d"])
    pull(quick)
    #expect(samples(fixture).contains(#"rollcall_watch_lag_events{protocol="sse"} 3"#))
    #expect(!samples(fixture).contains { $0.hasPrefix(#"rollcall_watch_lag_events{protocol="grpc"}"#) })
    slow.closed()
    #expect(!samples(fixture).contains { $0.hasPrefix("rollcall_watch_lag_events") })
    quick.closed()
  }

  @Test func `a watch that has to begin again is counted by its cause`() async throws {
    let fixture = try Fixture(history: HistoryLimits(events: 8, bytes: 1 << 20))
    try await fixture.serve(["a"])
    let behind = try watch(fixture)
    for number in 0..<20 { try await fixture.serve(["a"], root: "/m\(number)") }
    pull(behind)
    _ = try watch(fixture, "watch=true&start_revision=1000001")
    _ = try watch(fixture, "watch=true&start_revision=2000000")
    _ = try watch(fixture, "watch=true&start_revision=3000000")
    let told = samples(fixture).filter { $0.hasPrefix("rollcall_watch_resets_total") }
    #expect(
      told == [
        #"rollcall_watch_resets_total{cause="behind"} 1"#, #"rollcall_watch_resets_total{cause="expired"} 1"#,
        #"rollcall_watch_resets_total{cause="unknown"} 2"#,
      ])
  }

  @Test func `a watch that takes nothing is counted when the server ends it`() async throws {
    let fixture = try Fixture()
    try await fixture.serve((0..<3_000).map { "model-\($0)" })
    guard case .stream(let source) = fixture.get("/v1/models?watch=true").body else { throw NoStream() }
    var slices = [ArraySlice<UInt8>]()
    #expect(source.produce(into: &slices, now: .now) == .more)
    pull(source, after: .seconds(61))
    #expect(samples(fixture).contains(#"rollcall_watch_failures_total{cause="stalled"} 1"#))
  }

  @Test func `models and engines are counted by kind`() async throws {
    let fixture = try Fixture(engineKinds: ["vllm", "ollama"])
    try await fixture.serve((0..<200).map { "m\($0)" })
    try await fixture.serve(["x"], on: "e2", kind: "a kind of its own")
    let told = text(fixture.get("/metrics"))
    for line in [
      #"rollcall_models_by_kind{kind="BASE"} 201"#, #"rollcall_models_by_kind{kind="ADAPTER"} 0"#,
      #"rollcall_engines_by_kind{kind="vllm"} 1"#, #"rollcall_engines_by_kind{kind="ollama"} 0"#,
      #"rollcall_engines_by_kind{kind="other"} 1"#,
    ] {
      #expect(told.contains(line + "\n"), "\(line)")
    }
    #expect(!told.contains("of its own"))
  }

  @Test func `late pages are counted, and so are the held snapshots`() async throws {
    let fixture = try Fixture(history: HistoryLimits(events: 8, bytes: 1 << 20))
    try await fixture.serve(["a", "b", "c"])
    let link = try #require((await fixture.getEventually("/v1/models?limit=1")).fields[.link])
    let target = String(try #require(link.split(separator: ">").first).dropFirst())
    #expect(samples(fixture).contains("rollcall_snapshots_held 1"))
    // So many others that this one is held no more.
    for number in 0..<80 {
      try await fixture.serve(["a", "b", "c"], root: "/m\(number)")
      _ = await fixture.getEventually("/v1/models?limit=1")
    }
    #expect((await fixture.getEventually(target)).status == .gone)
    #expect(samples(fixture).contains("rollcall_page_tokens_expired_total 1"))
    #expect(samples(fixture).contains("rollcall_snapshots_held 64"))
  }

  @Test func `compressed answers are counted`() async throws {
    let fixture = try Fixture()
    try await fixture.serve((0..<300).map { "m\($0)" })
    let start = ContinuousClock.now
    while fixture.get("/v1/models", [.acceptEncoding: "gzip"]).fields[.contentEncoding] == nil {
      try #require(ContinuousClock.now - start < .seconds(60))
      await Task.yield()
    }
    let told = samples(fixture)
    #expect(told.contains(#"rollcall_compressions_total{outcome="kept"} 1"#))
    #expect(told.contains("rollcall_compressed_answers_total 1") && told.contains("rollcall_compressed_bodies 1"))
  }

  @Test func `every cache reports its contents and its hits`() throws {
    let fixture = try Fixture()
    let request = ListRequest().encode()
    for _ in 0..<3 { _ = try fixture.call("/rollcall.v1.ModelCatalog/ListModels", request) }
    for _ in 0..<2 { _ = fixture.get("/v1/models", [.ifNoneMatch: "\"other\""]) }
    let samples = samples(fixture)
    for cache in ["pages", "not_modified"] {
      #expect(samples.contains("rollcall_cache_entries{cache=\"\(cache)\"} 1"))
      #expect(samples.contains("rollcall_cache_misses_total{cache=\"\(cache)\"} 1"))
    }
    #expect(samples.contains(#"rollcall_cache_hits_total{cache="pages"} 2"#))
    #expect(samples.contains(#"rollcall_cache_hits_total{cache="not_modified"} 1"#))
    let all = text(fixture.get("/metrics"))
    let caches = [
      "pages", "not_modified", "list_bodies", "compressed_bodies", "lists", "list_snapshots", "past_snapshots",
      "differences",
    ]
    for cache in caches {
      #expect(all.contains("rollcall_cache_evictions_total{cache=\"\(cache)\"} 0\n"))
    }
  }

  @Test func `a client that accepts OpenMetrics gets the same numbers in it`() throws {
    let fixture = try Fixture()
    let response = fixture.get("/metrics", [.accept: "application/openmetrics-text;version=1.0.0"])
    #expect(response.fields[.contentType] == "application/openmetrics-text; version=1.0.0; charset=utf-8")
    #expect(response.fields[.vary] == "Accept")
    #expect(text(response).hasSuffix("\n# EOF\n") && text(response).contains("# TYPE rollcall_store_commits counter\n"))
    func series(_ text: String) -> [Substring] {
      text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap { $0.split(separator: " ").first }
    }
    #expect(series(text(response)) == series(text(fixture.get("/metrics"))))
  }
}
