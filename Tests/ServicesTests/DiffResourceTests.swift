import Catalog
import HTTP
import HTTPTypes
import Testing

@Suite struct DiffResourceTests {
  /// A streamed body is there once.
  private func words(_ response: Response) throws -> [String] {
    try differences(json(response)).compactMap { difference in
      let entry = (difference["after"] as? [String: Any]) ?? (difference["before"] as? [String: Any])
      return "\(difference["type"] ?? "") \(entry?["id"] ?? "")"
    }
  }

  private func differences(_ body: [String: Any]) throws -> [[String: Any]] {
    try #require(body["data"] as? [[String: Any]])
  }

  private func lived() async throws -> (Fixture, [Int64]) {
    let fixture = try Fixture()
    var revisions = [fixture.catalog.view.head]
    for (index, ids) in [["a", "b"], ["b", "c"], ["c"]].enumerated() {
      try await fixture.serve(ids, at: 1_700_000_000 + Int64(index) * 60)
      revisions.append(fixture.catalog.view.head)
    }
    return (fixture, revisions)
  }

  @Test func `a diff has both moments and the entries of both lists`() async throws {
    let (fixture, revisions) = try await lived()
    let response = await fixture.getLater("/v1/models:diff?from_revision=\(revisions[1])")
    #expect(response.status == .ok)
    #expect(response.fields[.contentType] == "application/json")
    #expect(response.fields[.cacheControl] == "no-store")
    let whole = try json(response)
    #expect(whole["object"] as? String == "diff")
    #expect(whole["from_revision"] as? Int64 == revisions[1])
    #expect(whole["to_revision"] as? Int64 == revisions[3])
    #expect(whole["from_time"] as? String == "2023-11-14T22:13:20.000000Z")
    #expect(whole["to_time"] as? String == "2023-11-14T22:15:20.000000Z")
    #expect(whole["total_size"] as? Int == 3)
    #expect(whole["has_more"] as? Bool == false)
    let found = try differences(whole)
    #expect(found.map { $0["type"] as? String } == ["REMOVED", "REMOVED", "ADDED"])
    #expect((found[0]["before"] as? [String: Any])?["id"] as? String == "a")
    #expect((found[0]["before"] as? [String: Any])?["state"] as? String == "READY")
    #expect(found[0]["after"] as? String == nil && found[0].keys.contains("after"))
  }

  @Test(arguments: [
    "from_revision=1000000", "from_revision=1000000&to_time=2023-11-14T22:13:59Z", "from_time=1&to_time=1700000001",
    "from_time=1970-01-01T01:00:01%2B01:00&to_time=1700000001.5",
    "from_time=1970-01-01T01:00:01+01:00&to_time=1700000059",
  ])
  func `a moment is a revision, RFC 3339 or Unix seconds`(query: String) async throws {
    let (fixture, _) = try await lived()
    let response = await fixture.getLater("/v1/models:diff?" + query)
    #expect(response.status == .ok)
    #expect(try words(response) == (query.contains("to_time") ? ["ADDED a", "ADDED b"] : ["ADDED c"]))
  }

  @Test func `a diff without a change is empty`() async throws {
    let (fixture, revisions) = try await lived()
    let response = await fixture.getLater("/v1/models:diff?from_revision=\(revisions[3])")
    let body = try json(response)
    #expect((body["data"] as? [Any])?.isEmpty == true)
    #expect(body["has_more"] as? Bool == false)
    #expect(body["from_time"] as? String == body["to_time"] as? String)
  }

  @Test func `a limit makes pages that show the same two revisions`() async throws {
    let fixture = try Fixture()
    try await fixture.serve((0..<25).map { "m\($0)" })
    var found = [String]()
    var after = ""
    var hasMore = true
    while hasMore {
      let response = await fixture.getLater("/v1/models:diff?from_time=1&limit=10&after=\(after)")
      let body = try json(response)
      found += try differences(body).compactMap { ($0["after"] as? [String: Any])?["id"] as? String }
      #expect(body["total_size"] as? Int == 25)
      after = try #require(body["last_id"] as? String)
      hasMore = try #require(body["has_more"] as? Bool)
      try await fixture.serve(["x\(found.count)"], on: "e2", at: 1_700_000_001)
    }
    #expect(found == (0..<25).map { "m\($0)" }.sorted())
  }

  @Test func `a diff of one namespace sees it alone, and view FULL has replicas`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"])
    try await fixture.serve(["b"], on: "e2", namespace: "team")
    let all = await fixture.getLater("/v1/models:diff?from_time=1")
    #expect(try words(all) == ["ADDED a", "ADDED b"])
    let team = await fixture.getLater("/v1/models:diff?from_time=1&namespace=team&view=full")
    let found = try differences(json(team))
    #expect(found.count == 1)
    let entry = try #require(found[0]["after"] as? [String: Any])
    #expect(entry["id"] as? String == "b")
    #expect((entry["replicas"] as? [Any])?.count == 1)
  }

  @Test func `a long diff comes in parts`() async throws {
    let fixture = try Fixture()
    try await fixture.serve((0..<600).map { "m\($0)" })
    guard case .stream(let source) = await fixture.getLater("/v1/models:diff?from_time=1").body else {
      Issue.record("no stream")
      return
    }
    var slices = [ArraySlice<UInt8>]()
    #expect(source.produce(into: &slices, now: .now) == .more)
    #expect(slices.reduce(0) { $0 + $1.count } < 80_000)
  }

  @Test(arguments: [
    ("", "from_revision"), ("from_revision=x", "from_revision"), ("from_revision=-1", "from_revision"),
    ("from_revision=1000000&from_time=1", "from_time"), ("from_time=yesterday", "from_time"),
    ("from_time=1e9", "from_time"), ("from_time=2025-02-30T00:00:00Z", "from_time"),
    ("from_revision=1000000&to_revision=1000000&to_time=1", "to_time"), ("from_time=9&to_time=8", "to_time"),
    ("from_revision=1000001&to_revision=1000000", "to_revision"), ("from_time=1&limit=0", "limit"),
    ("from_time=1&limit=x", "limit"), ("from_time=1&after=x", "after"), ("from_time=1&filter=(", "filter"),
    ("from_time=1&view=most", "view"), ("from_time=1&from_time=2", "from_time"),
  ])
  func `a wrong request is 400 and names its parameter`(query: String, param: String) async throws {
    let (fixture, _) = try await lived()
    let response = fixture.get("/v1/models:diff?" + query)
    #expect(response.status == .badRequest)
    #expect(try error(response)["param"] as? String == param)
    #expect(try error(response)["code"] as? String == "invalid_parameter")
  }

  @Test(arguments: [
    ("from_revision=1", "revision_compacted"), ("from_time=0", "revision_compacted"),
    ("from_revision=2000000", "revision_in_future"),
    ("from_revision=1000000&to_revision=9999999", "revision_in_future"),
  ])
  func `a moment that cannot be read is 400 with a reason`(query: String, code: String) async throws {
    let (fixture, _) = try await lived()
    let response = await fixture.getLater("/v1/models:diff?" + query)
    #expect(response.status == .badRequest)
    #expect(try error(response)["code"] as? String == code)
  }

  @Test func `the path of a diff is no model, and models with such names are found`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["models:diff", ":diff"])
    #expect(try json(fixture.get("/v1/models/models:diff"))["id"] as? String == "models:diff")
    #expect(try json(fixture.get("/v1/models/:diff"))["id"] as? String == ":diff")
    #expect(await fixture.getLater("/v1/models:diff/?from_time=1").status == .ok)
    #expect(fixture.get("/v1/models:diffs").status == .notFound)
    #expect(await fixture.getLater("/v1/models:diff?from_time=1", method: .head).status == .ok)
  }

  @Test func `a diff is 503 before sources are synced`() throws {
    #expect(try Fixture(ready: false).get("/v1/models:diff?from_time=1").status == .serviceUnavailable)
  }
}
