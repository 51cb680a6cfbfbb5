import Catalog
import HTTP
import HTTPTypes
import Testing

@Suite struct PastListTests {
  private func lived() async throws -> (Fixture, [Int64]) {
    let fixture = try Fixture()
    var revisions = [Int64]()
    for (index, ids) in [["a", "b"], ["b", "c"], ["a", "b"]].enumerated() {
      try await fixture.serve(ids, root: index == 1 ? "/other" : "/same")
      revisions.append(fixture.catalog.view.head)
    }
    return (fixture, revisions)
  }

  @Test(arguments: ["basic", "full"])
  func `a list and a model of the past are shown as they were`(view: String) async throws {
    let (fixture, revisions) = try await lived()
    fixture.catalog.readings.note(engineID: "e1", observedAt: Timestamp(microseconds: 5))
    let list = await fixture.getLater("/v1/models?at_revision=\(revisions[1])&view=\(view)")
    #expect(try ids(list) == ["b", "c"])
    let one = await fixture.getLater("/v1/models/b?at_revision=\(revisions[1])&view=\(view)")
    let entry = try json(one)
    #expect(entry["root"] as? String == "/other")
    if let replicas = entry["replicas"] as? [[String: Any]] {
      #expect(view == "full" && replicas.count == 1 && replicas[0]["observed_at"] as? String == nil)
    } else {
      #expect(view == "basic")
    }
    let gone = await fixture.getLater("/v1/models/a?at_revision=\(revisions[1])&view=\(view)")
    #expect(gone.status == .notFound)
    #expect(try ids(fixture.get("/v1/models?at_revision=\(revisions[2])&view=\(view)")) == ["a", "b"])
    #expect(try ids(fixture.get("/v1/models?at_revision=0&view=\(view)")) == ["a", "b"])
  }

  @Test func `a list of the past without a namespace has each id once`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a", "shared"], root: "/default")
    try await fixture.serve(["shared", "z"], on: "e2", namespace: "team", root: "/team")
    let revision = fixture.catalog.view.head
    try await fixture.serve([])
    let list = await fixture.getLater("/v1/models?at_revision=\(revision)")
    #expect(try entries(list).map { $0["root"] as? String } == ["/default", "/default", "/team"])
    #expect(try ids(fixture.get("/v1/models")) == ["shared", "z"])
  }

  @Test(arguments: ["/v1/models", "/v1/models/b"])
  func `a read of the past has the tag of its content, and 304`(path: String) async throws {
    let (fixture, revisions) = try await lived()
    let present = try #require(fixture.get(path).fields[.eTag])
    let first = await fixture.getLater("\(path)?at_revision=\(revisions[0])")
    #expect(first.fields[.eTag] == present)
    #expect(first.fields[.cacheControl] == "private, no-cache")
    let second = await fixture.getLater("\(path)?at_revision=\(revisions[1])").fields[.eTag]
    #expect(second != present && second != nil)
    let again = await fixture.getLater("\(path)?at_revision=\(revisions[1])", [.ifNoneMatch: second ?? ""])
    #expect(again.status == .notModified)
    #expect(text(again).isEmpty)
    #expect(fixture.get(path).fields[.eTag] == present)
  }

  @Test(arguments: ["/v1/models", "/v1/models/b"])
  func `an unknown revision is 400 with a reason`(path: String) async throws {
    let (fixture, revisions) = try await lived()
    for (revision, code) in [(1, "revision_compacted"), (revisions[2] + 1, "revision_in_future")] {
      let response = await fixture.getLater("\(path)?at_revision=\(revision)")
      #expect(response.status == .badRequest)
      #expect(try error(response)["code"] as? String == code)
      #expect(try error(response)["param"] as? String == "at_revision")
    }
  }
}
