import Catalog
import GRPC
import Testing
import Wire

@testable import Services

@Suite struct PastReadTests {
  private func list(_ fixture: Fixture, _ fill: (inout ListRequest) -> Void) async throws -> ListPage {
    var request = ListRequest()
    fill(&request)
    return try ListPage.decode(
      try await fixture.callEventually("/rollcall.v1.ModelCatalog/ListModels", request.encode()))
  }

  private func get(_ fixture: Fixture, _ request: GetRequest) async throws -> ModelMessage {
    try ModelMessage.decode(try await fixture.callLater("/rollcall.v1.ModelCatalog/GetModel", request.encode()))
  }

  /// A fixture with two revisions behind it, and these: [a, b], [b, c], [c].
  private func lived(_ history: HistoryLimits = HistoryLimits()) async throws -> (Fixture, [Int64]) {
    let fixture = try Fixture(history: history, unreachable: { ["dns"] })
    var revisions = [Int64]()
    for (index, ids) in [["a", "b"], ["b", "c"], ["c"]].enumerated() {
      try await fixture.serve(ids, root: "/\(index)")
      revisions.append(fixture.catalog.view.head)
    }
    return (fixture, revisions)
  }

  @Test func `a list shows any revision that is retained`() async throws {
    let (fixture, revisions) = try await lived()
    for (revision, ids) in zip(revisions, [["a", "b"], ["b", "c"]]) {
      let page = try await list(fixture) { $0.atRevision = revision }
      #expect(page.models.map(\.model.key.id) == ids)
      #expect(page.revision == revision)
      #expect(page.totalSize == 2)
      #expect(page.unreachable.isEmpty)
    }
    #expect(try await list(fixture) { $0.atRevision = 1_000_000 }.models.isEmpty)
  }

  @Test func `a read at the head is answered at once`() async throws {
    let (fixture, revisions) = try await lived()
    var request = ListRequest()
    request.atRevision = revisions[2]
    let page = try ListPage.decode(try fixture.call("/rollcall.v1.ModelCatalog/ListModels", request.encode()))
    #expect(page.models.map(\.model.key.id) == ["c"])
    let one = GetRequest(id: "c", atRevision: revisions[2]).encode()
    let model = try ModelMessage.decode(try fixture.call("/rollcall.v1.ModelCatalog/GetModel", one))
    #expect(model.model.root == "/2")
  }

  @Test func `a model is found as it was at a revision`() async throws {
    let (fixture, revisions) = try await lived()
    #expect(try await get(fixture, GetRequest(id: "b", atRevision: revisions[0])).model.root == "/0")
    #expect(try await get(fixture, GetRequest(id: "b", atRevision: revisions[1])).model.root == "/1")
    let status = await #expect(throws: Status.self) {
      try await get(fixture, GetRequest(id: "a", atRevision: revisions[1]))
    }
    #expect(status?.code == .notFound)
  }

  @Test func `view FULL of the past has replicas without the times of their observation`() async throws {
    let (fixture, revisions) = try await lived()
    fixture.catalog.readings.note(engineID: "e1", observedAt: Timestamp(microseconds: 9_000_000))
    let page = try await list(fixture) {
      $0.atRevision = revisions[0]
      $0.view = .full
    }
    #expect(page.models.map(\.model.replicas.count) == [1, 1])
    #expect(page.models.allSatisfy { $0.replicas.isEmpty })
    let model = try await get(fixture, GetRequest(id: "b", view: .full, atRevision: revisions[1]))
    #expect(model.model.replicas.count == 1)
    #expect(model.replicas == [:])
    var request = GetRequest(id: "c", view: .full, atRevision: revisions[2])
    let path = "/rollcall.v1.ModelCatalog/GetModel"
    #expect(try ModelMessage.decode(try fixture.call(path, request.encode())).replicas == [:])
    request.atRevision = 0
    #expect(try ModelMessage.decode(try fixture.call(path, request.encode())).replicas["e1"]?.observedAt != nil)
  }

  @Test func `the pages of the past follow each other, and their tokens fit no other list`() async throws {
    let (fixture, revisions) = try await lived()
    let first = try await list(fixture) {
      $0.atRevision = revisions[0]
      $0.pageSize = 1
    }
    #expect(first.models.map(\.model.key.id) == ["a"])
    let second = try await list(fixture) {
      $0.atRevision = revisions[0]
      $0.pageToken = first.nextPageToken
    }
    #expect(second.models.map(\.model.key.id) == ["b"])
    #expect(second.nextPageToken.isEmpty)
    for revision in [0, revisions[1], revisions[2]] {
      let status = await #expect(throws: Status.self) {
        _ = try await list(fixture) {
          $0.atRevision = revision
          $0.pageToken = first.nextPageToken
        }
      }
      #expect(status?.code == .invalidArgument)
      #expect(details(status).contains("page_token"))
    }
  }

  @Test func `an unknown revision is OUT_OF_RANGE with a reason`() async throws {
    let (fixture, revisions) = try await lived(HistoryLimits(events: 2))
    let oldest = fixture.catalog.view.history.floor.revision
    #expect(oldest > revisions[0])
    for (revision, reason, number) in [
      (revisions[0], "REVISION_COMPACTED", oldest), (1, "REVISION_COMPACTED", oldest),
      (revisions[2] + 1, "REVISION_IN_FUTURE", revisions[2]), (.max, "REVISION_IN_FUTURE", revisions[2]),
    ] {
      let listed = await #expect(throws: Status.self) { _ = try await list(fixture) { $0.atRevision = revision } }
      let got = await #expect(throws: Status.self) {
        _ = try await get(fixture, GetRequest(id: "c", atRevision: revision))
      }
      for status in [listed, got] {
        #expect(status?.code == .outOfRange)
        #expect(details(status).contains(reason))
        #expect(details(status).contains(String(number)))
      }
    }
  }

  @Test func `a revision between two published revisions is OUT_OF_RANGE too`() {
    let status = Status(ReadError.past(.unknown, field: nil))
    #expect(status.code == .outOfRange)
    #expect(details(status).contains("REVISION_UNKNOWN"))
  }

  @Test func `a list of the past is UNAVAILABLE before sources are synced`() async throws {
    let fixture = try Fixture(ready: false)
    let status = await #expect(throws: Status.self) { _ = try await list(fixture) { $0.atRevision = 1_000_000 } }
    #expect(status?.code == .unavailable)
  }

  @Test func `the list names the store as unreachable while the store takes no writes`() async throws {
    let store = SwitchedStore()
    let fixture = try Fixture(store: store, unreachable: { ["dns"] })
    let path = "/rollcall.v1.ModelCatalog/ListModels"
    #expect(try ListPage.decode(try fixture.call(path, [])).unreachable == ["dns"])
    store.fail("the disk is full")
    await #expect(throws: StoreError.self) { try await fixture.serve(["a"]) }
    #expect(try ListPage.decode(try fixture.call(path, [])).unreachable == ["dns", "store"])
    store.fail(nil)
    try await fixture.serve(["a"])
    #expect(try ListPage.decode(try fixture.call(path, [])).unreachable == ["dns"])
  }
}
