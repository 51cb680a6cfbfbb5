import Catalog
import Foundation
import HTTP
import HTTPTypes
import Testing

@Suite struct PageTests {
  /// `</v1/models?...>; rel="next"`
  static func next(_ response: Response) throws -> String? {
    guard let link = response.fields[.link] else { return nil }
    let parts = link.split(separator: ">; rel=")
    #expect(parts.count == 2 && parts.last == #""next""#)
    #expect(link.utf8.allSatisfy { 0x21...0x7E ~= $0 || $0 == 0x20 })
    return String(try #require(parts.first).dropFirst())
  }

  @Test(arguments: [1, 7, 59, 60], ["", "&order_by=id%20desc", "&filter=id%3A%221%22", "&client_version=1"])
  func `links lead through the whole list, at one revision`(limit: Int, more: String) async throws {
    let fixture = try Fixture()
    let all = (0..<60).map { "m\($0)" }
    try await fixture.serve(all)
    let whole = try listed(await fixture.getEventually("/v1/models?x=y" + more)).ids
    var found = [String]()
    var target = "/v1/models?limit=\(limit)" + more
    while true {
      let response = await fixture.getEventually(target)
      let page = try listed(response)
      #expect(page.ids.count <= limit)
      found += page.ids
      let next = try Self.next(response)
      #expect(page.hasMore == (next != nil))
      guard let next else { break }
      target = next
      // Nothing of this is seen by the pages that follow.
      try await fixture.serve(["x\(found.count)"], on: "e2")
    }
    #expect(found == whole)
    #expect(whole.count == (more.contains("filter") ? all.filter { $0.contains("1") }.count : 60))
  }

  private func listed(_ response: Response) throws -> (ids: [String], hasMore: Bool?) {
    let list = try json(response)
    let entries = try #require((list["data"] ?? list["models"]) as? [[String: Any]])
    return (entries.compactMap { ($0["id"] ?? $0["slug"]) as? String }, list["has_more"] as? Bool)
  }

  @Test func `the after and before ids lead through the present list, also from a model that is gone`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a", "b", "c", "d", "e"])
    let page = try json(fixture.get("/v1/models?limit=2"))
    #expect(page["first_id"] as? String == "a")
    #expect(page["last_id"] as? String == "b")
    #expect(page["has_more"] as? Bool == true)
    try await fixture.serve(["a", "bb", "c", "d", "e"])
    for name in ["after", "after_id"] {
      #expect(try ids(fixture.get("/v1/models?limit=2&\(name)=b")) == ["bb", "c"])
      #expect(try ids(fixture.get("/v1/models?limit=2&\(name)=d")) == ["e"])
      #expect(try ids(fixture.get("/v1/models?limit=2&\(name)=e")) == [])
      #expect(try ids(fixture.get("/v1/models?\(name)=zzz")) == [])
    }
    #expect(try ids(fixture.get("/v1/models?after=a")) == ["bb", "c", "d", "e"])
    #expect(try ids(fixture.get("/v1/models?limit=2&before_id=d")) == ["bb", "c"])
    #expect(try json(fixture.get("/v1/models?limit=2&before_id=d"))["has_more"] as? Bool == true)
    #expect(try ids(fixture.get("/v1/models?limit=2&before_id=bb")) == ["a"])
    #expect(try json(fixture.get("/v1/models?limit=2&before_id=bb"))["has_more"] as? Bool == false)
    #expect(try ids(fixture.get("/v1/models?limit=2&before_id=cc")) == ["bb", "c"])
    #expect(try ids(fixture.get("/v1/models?limit=2&before_id=a")) == [])
    #expect(try json(fixture.get("/v1/models?after=e"))["first_id"] is NSNull)
  }

  @Test func `the model of after must be in the list when the order is another`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a", "b", "c"])
    #expect(try ids(fixture.get("/v1/models?order_by=id%20desc&after=b")) == ["a"])
    for name in ["after", "after_id", "before_id"] {
      let response = fixture.get("/v1/models?order_by=id%20desc&\(name)=bb")
      #expect(response.status == .badRequest)
      #expect(try error(response)["param"] as? String == name)
    }
  }

  @Test func `a list of several namespaces is paged by its ids`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["b", "d", "f"])
    try await fixture.serve(["a", "b", "c", "e"], on: "e2", namespace: "alpha")
    var found = [String]()
    var target: String? = "/v1/models?limit=2"
    while let current = target {
      let response = fixture.get(current)
      found += try ids(response)
      target = try Self.next(response)
    }
    #expect(found == ["a", "b", "c", "d", "e", "f"])
    #expect(try ids(fixture.get("/v1/models?after=b&limit=3")) == ["c", "d", "e"])
    #expect(try ids(fixture.get("/v1/models?after=bb&limit=3")) == ["c", "d", "e"])
    #expect(try ids(fixture.get("/v1/models?namespace=alpha&after=b")) == ["c", "e"])
  }

  @Test(arguments: ["0", "-1", "x", "1.5", "%2B1", "0x10", "%20", "1e3", "00", "-99999999999999999999"])
  func `a malformed limit is 400`(limit: String) throws {
    let response = try Fixture().get("/v1/models?limit=\(limit)")
    #expect(response.status == .badRequest)
    #expect(try error(response)["param"] as? String == "limit")
  }

  @Test(arguments: ["10001", "99999999999999999999999"])
  func `a limit that is too large is cut`(limit: String) async throws {
    let fixture = try Fixture()
    for engine in 0..<3 {
      try await fixture.serve((0..<3_400).map { "m\(engine)-\($0)" }, on: "e\(engine)")
    }
    let page = try listed(await fixture.getEventually("/v1/models?limit=\(limit)"))
    #expect(page.ids.count == 10_000)
    #expect(page.hasMore == true)
  }

  @Test(arguments: [
    ("after=a&page_token=x", "page_token"), ("after=a&before_id=b", "before_id"), ("after=a&after_id=b", "after_id"),
    ("before_id=a&page_token=b", "page_token"), ("after=a&after=b", "after"), ("page_token=x", "page_token"),
    ("page_token=AQEAAAAA", "page_token"), ("filter=nonsense%20%3D", "filter"), ("filter=nope%20%3D%201", "filter"),
    ("order_by=nope", "order_by"), ("order_by=id%20up", "order_by"), ("filter=(", "filter"),
    ("filter=readings.waiting_requests%3E1&at_revision=5", "filter"),
    ("order_by=readings.waiting_requests&at_revision=5", "order_by"),
    ("watch=true&limit=1", "limit"), ("watch=true&order_by=id", "order_by"), ("watch=true&after=a", "after"),
    ("watch=true&page_token=a", "page_token"), ("watch=true&filter=(", "filter"),
    ("watch=true&filter=readings.waiting_requests%3E1", "filter"),
  ])
  func `a contradictory or malformed query is 400 and names its parameter`(
    query: String, param: String
  ) throws {
    let response = try Fixture().get("/v1/models?" + query)
    #expect(response.status == .badRequest)
    let error = try error(response)
    #expect(error["param"] as? String == param)
    #expect(error["code"] as? String == "invalid_parameter")
    if param == "filter", !query.contains("readings") {
      #expect((error["message"] as? String)?.contains("at character ") == true)
    }
  }

  @Test func `a page token is valid for its own query alone`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a", "b", "c", "d"])
    let next = try #require(try Self.next(fixture.get("/v1/models?limit=2&filter=id%3A*")))
    #expect(try ids(fixture.get(next)) == ["c", "d"])
    let token = try #require(next.split(separator: "page_token=").last)
    for query in [
      "page_token=\(token)", "filter=id%3A%22a%22&page_token=\(token)", "order_by=id&filter=id%3A*&page_token=\(token)",
      "namespace=default&filter=id%3A*&page_token=\(token)", "filter=id%3A*&page_token=A\(token)",
      "filter=id%3A*&at_revision=3&page_token=\(token)",
    ] {
      let response = fixture.get("/v1/models?" + query)
      #expect(response.status == .badRequest, "\(query)")
      #expect(try error(response)["param"] as? String == "page_token")
    }
  }

  @Test(arguments: [("id", ["c", "d"]), ("id%20desc", ["c", "b"]), ("", ["c", "d"])])
  func `an expired token is 410 with a link to the present`(order: String, rest: [String]) async throws {
    let fixture = try Fixture(history: HistoryLimits(events: 8, bytes: 1 << 20))
    try await fixture.serve(["a", "b", "c", "d", "e"])
    let next = try #require(try Self.next(fixture.get("/v1/models?limit=2&order_by=" + order)))
    // More pages of more revisions than are held.
    for number in 0..<70 {
      try await fixture.serve(["x\(number)", "y"], on: "e2")
      #expect(fixture.get("/v1/models?limit=1").status == .ok)
    }
    try await fixture.serve([], on: "e2")
    let expired = await fixture.getLater(next)
    #expect(expired.status == .gone)
    #expect(try error(expired)["code"] as? String == "page_token_expired")
    #expect(try error(expired)["param"] as? String == "page_token")
    let goOn = try #require(try Self.next(expired))
    let second = fixture.get(goOn)
    #expect(try ids(second) == rest)
    // From now on each page shows what is there then.
    try await fixture.serve(["zz", "0"], on: "e2")
    let third = try ids(fixture.get(try #require(try Self.next(second))))
    #expect(third == (order == "id%20desc" ? ["a", "0"] : ["e", "zz"]))
  }

  @Test func `the pages of a past revision stay at that revision`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a", "b", "c"])
    let revision = fixture.catalog.view.head
    try await fixture.serve(["x", "y", "z"])
    let first = await fixture.getEventually("/v1/models?limit=2&at_revision=\(revision)")
    #expect(try ids(first) == ["a", "b"])
    let next = try #require(try Self.next(first))
    #expect(next.contains("at_revision=\(revision)"))
    let second = await fixture.getEventually(next)
    #expect(try ids(second) == ["c"])
    #expect(second.fields[.link] == nil)
    let after = await fixture.getEventually("/v1/models?limit=2&at_revision=\(revision)&after=b")
    #expect(try ids(after) == ["c"])
  }

  @Test func `any ids and filters are safe in a link`() async throws {
    let fixture = try Fixture()
    let ids = ["a\"b", "c>;rel=x", "d\r\nX: y", "é/ü", "q?x&y=z#"]
    try await fixture.serve(ids)
    var found = [String]()
    var target: String? = "/v1/models?limit=1&filter=NOT%20id%20%3D%20%22x%5C%22%3E%2C%3B%0D%0A%22"
    while let current = target {
      let response = fixture.get(current)
      found += try ServicesTests.ids(response)
      target = try Self.next(response)
    }
    #expect(found.sorted() == ids.sorted())
  }

  @Test func `a page's tag depends on its place in the list and on whether more follows`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a", "b", "c"])
    let first = fixture.get("/v1/models?limit=2")
    let tag = try #require(first.fields[.eTag])
    let held = fixture.get("/v1/models?limit=2", [.ifNoneMatch: tag])
    #expect(held.status == .notModified)
    #expect(try Self.next(held) == Self.next(first))
    try await fixture.serve(["a", "b"])
    let last = fixture.get("/v1/models?limit=2", [.ifNoneMatch: tag])
    #expect(last.status == .ok)
    #expect(last.fields[.link] == nil)
    #expect(fixture.get("/v1/models").fields[.eTag] != last.fields[.eTag])
    try await fixture.serve(["a", "b", "d"])
    #expect(fixture.get("/v1/models?limit=2", [.ifNoneMatch: tag]).status == .notModified)
    #expect(fixture.get("/v1/models?limit=2&order_by=id%20desc").fields[.eTag] != tag)
  }

  @Test func `a list by readings is not for caches`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a", "b"])
    for query in ["order_by=readings.waiting_requests", "filter=NOT%20readings.waiting_requests%20%3E%205"] {
      let response = fixture.get("/v1/models?" + query, [.ifNoneMatch: "*"])
      #expect(response.status == .ok)
      #expect(response.fields[.eTag] == nil)
      #expect(response.fields[.cacheControl] == "no-store")
      #expect(try ids(response) == ["a", "b"])
    }
  }
}
