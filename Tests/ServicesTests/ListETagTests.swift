import Catalog
import GRPC
import Testing
import Wire

@testable import Services

/// `etag`, `if_none_match` and `not_modified` of `ListModels`.
@Suite struct ListETagTests {
  private func world(epoch: Int64 = 1_000_000) async throws -> Fixture {
    let fixture = try Fixture(store: MemoryStore(epoch: epoch), unreachable: { ["dns"] })
    try await fixture.serve(["a", "b", "c"])
    return fixture
  }

  @Test func `a page that the client knows is not sent again`() async throws {
    let fixture = try await world()
    for size in [Int32(2), 100] {
      let page = try await list(fixture) { $0.pageSize = size }
      #expect(page.etag.utf8.count == 32 && page.etag.allSatisfy(\.isHexDigit))
      #expect(!page.notModified)
      let again = try await list(fixture) { ($0.pageSize, $0.ifNoneMatch) = (size, page.etag) }
      var expected = page
      (expected.models, expected.notModified) = ([], true)
      #expect(again == expected)
      let other = try await list(fixture) { ($0.pageSize, $0.ifNoneMatch) = (size, String(page.etag.reversed())) }
      #expect(other == page)
    }
  }

  @Test func `the tag depends on facts alone`() async throws {
    let fixture = try await world()
    let tag = try await list(fixture).etag
    fixture.catalog.readings.note(engineID: "e1", observedAt: Timestamp(microseconds: 7))
    #expect(try await list(fixture).etag == tag)
    // Another model, elsewhere; then the same models again.
    try await fixture.serve(["a", "b", "d"])
    #expect(try await list(fixture).etag != tag)
    try await fixture.serve(["a", "b", "c"])
    #expect(try await list(fixture).etag == tag)
    // Another server with the same facts and other revisions.
    let other = try await world(epoch: 2_000_000)
    try await other.serve(["z"], on: "e2")
    try await other.catalog.record([.forgotten(engineID: "e2")], at: Timestamp(microseconds: 1_800_000_000_000_000))
    let page = try await list(other)
    #expect(page.etag == tag)
    #expect(page.revision != fixture.catalog.view.head)
  }

  @Test func `every part of a request changes the tag`() async throws {
    let fixture = try await world()
    try await fixture.serve(["d"], on: "e2", namespace: "team")
    let asked: [(inout ListRequest) -> Void] = [
      { _ in }, { $0.namespace = "default" }, { $0.namespace = "team" }, { $0.filter = "state = READY" },
      { $0.filter = "id = a" }, { $0.orderBy = "id desc" }, { $0.pageSize = 1 }, { $0.pageSize = 3 },
    ]
    var tags = [String]()
    for fill in asked { tags.append(try await list(fixture, fill).etag) }
    #expect(Set(tags).count == asked.count)
    let full = try await list(fixture) { ($0.view, $0.ifNoneMatch) = (.full, tags[0]) }
    #expect(full.etag.isEmpty && !full.notModified && full.models.count == 4)
    #expect(try await list(fixture) { ($0.view, $0.ifNoneMatch) = (.full, "") }.notModified == false)
  }

  @Test func `the tag shows that more models follow, and not how many`() async throws {
    let fixture = try await world()
    let whole = try await list(fixture) { $0.pageSize = 3 }
    try await fixture.serve(["x"], on: "e2", namespace: "team")
    let first = try await list(fixture) { $0.pageSize = 3 }
    #expect(first.models == whole.models)
    #expect(first.etag != whole.etag)
    try await fixture.serve(["x", "y"], on: "e2", namespace: "team")
    let more = try await list(fixture) { ($0.pageSize, $0.ifNoneMatch) = (3, first.etag) }
    #expect(more.notModified && more.totalSize == 5 && more.nextPageToken != first.nextPageToken)
    let rest = try await list(fixture) { $0.pageToken = more.nextPageToken }
    #expect(rest.models.map(\.model.key.id) == ["x", "y"])
  }

  @Test func `a past revision has the tag that it had`() async throws {
    let fixture = try await world()
    let present = try await list(fixture)
    try await fixture.serve(["d"])
    let past = try await list(fixture) { ($0.atRevision, $0.ifNoneMatch) = (present.revision, present.etag) }
    #expect(past.notModified && past.etag == present.etag)
  }
}

private func list(_ fixture: Fixture, _ fill: (inout ListRequest) -> Void = { _ in }) async throws -> ListPage {
  var request = ListRequest()
  fill(&request)
  return try ListPage.decode(try await fixture.callEventually(ListModelsTests.path, request.encode()))
}
