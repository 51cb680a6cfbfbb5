import Catalog
import GRPC
import Testing
import Wire

@testable import Services

/// `filter` and `order_by` of `ListModels`, and what is too much for an event loop.
@Suite struct ListQueryTests {
  private func world() async throws -> Fixture {
    let fixture = try Fixture()
    try await fixture.serve(["a", "b"], root: "/x")
    try await fixture.serve(["c"], on: "e2", state: .unreachable, root: "/y")
    try await fixture.serve(["b", "d"], on: "e3", namespace: "team", root: "/z")
    return fixture
  }

  @Test(arguments: [
    ("", "", ["a", "b", "c", "b", "d"]),
    (" \n", "\t", ["a", "b", "c", "b", "d"]),
    ("state = READY", "", ["a", "b", "b", "d"]),
    ("state != READY OR id = d", "", ["c", "d"]),
    ("-namespace = team", "id desc", ["c", "b", "a"]),
    ("", "id, namespace desc", ["a", "b", "b", "c", "d"]),
    ("id = b", "root desc", ["b", "b"]),
    ("replicas.engine_id = e2", "", ["c"]),
    ("id = nobody", "id", []),
  ])
  func `a list has the models of its filter, in order`(filter: String, order: String, ids: [String]) async throws {
    let fixture = try await world()
    for view in [ModelView.basic, .full] {
      let page = try await list(fixture) { ($0.filter, $0.orderBy, $0.view) = (filter, order, view) }
      #expect(page.models.map(\.model.key.id) == ids)
      #expect(page.totalSize == ids.count)
    }
    let own = try await list(fixture) { ($0.filter, $0.orderBy, $0.namespace) = (filter, order, "team") }
    #expect(own.models.allSatisfy { $0.model.key.namespace == "team" })
    #expect(own.totalSize == own.models.count)
  }

  @Test(arguments: [
    ("filter", "stat = READY"), ("filter", "state = READY AND"), ("filter", "(id = a"), ("filter", "max_model_len = x"),
    ("order_by", "nothing"), ("order_by", "id up"), ("order_by", "id,"),
  ])
  func `a text that does not parse is INVALID_ARGUMENT with the position`(field: String, text: String) async throws {
    let fixture = try await world()
    let status = await #expect(throws: Status.self) {
      try await list(fixture) { if field == "filter" { $0.filter = text } else { $0.orderBy = text } }
    }
    #expect(status?.code == .invalidArgument)
    #expect(details(status).contains("google.rpc.BadRequest"))
    let metadata = try #require(status?.info?.metadata)
    #expect(metadata["field"] == field)
    let position = try #require(metadata["position"].flatMap { Int($0) })
    #expect(1...text.count + 1 ~= position)
    #expect(status?.message.hasPrefix("\(field): at character \(position): ") == true)
  }

  @Test func `a list by readings shows the present, without a tag`() async throws {
    let fixture = try await world()
    fixture.catalog.readings.note(engineID: "e1", observedAt: Timestamp(microseconds: 1_700_000_000_000_000))
    let filter = "replicas.observed_at > 2023-01-01T00:00:00Z"
    let first = try await list(fixture) { ($0.filter, $0.pageSize, $0.ifNoneMatch) = (filter, 1, "") }
    #expect(first.models.map(\.model.key.id) == ["a"])
    #expect(first.totalSize == 2 && first.etag.isEmpty && !first.notModified)
    // No revision of its own, and seen by the next page nevertheless.
    fixture.catalog.readings.note(engineID: "e2", observedAt: Timestamp(microseconds: 1_700_000_000_000_000))
    let second = try await list(fixture) { ($0.filter, $0.pageToken) = (filter, first.nextPageToken) }
    #expect(second.models.map(\.model.key.id) == ["b", "c"])
    #expect(second.totalSize == 3)
    try await fixture.serve(["a", "bb"], on: "e1")
    let again = try await list(fixture) { ($0.filter, $0.pageToken) = (filter, first.nextPageToken) }
    #expect(again.models.map(\.model.key.id) == ["bb", "c"])
    #expect(again.revision == fixture.catalog.view.head)
  }

  @Test(arguments: [("filter", "readings.waiting_requests > 5"), ("order_by", "readings.waiting_requests desc")])
  func `a list of the past by readings is INVALID_ARGUMENT`(field: String, text: String) async throws {
    let fixture = try await world()
    let status = await #expect(throws: Status.self) {
      try await list(fixture) {
        $0.atRevision = fixture.catalog.view.head
        if field == "filter" { $0.filter = text } else { $0.orderBy = text }
      }
    }
    #expect(status?.code == .invalidArgument)
    #expect(status?.info?.metadata["field"] == field)
  }

  @Test func `a list with many replicas is encoded off the event loop`() async throws {
    let fixture = try Fixture()
    for engine in 0..<201 { try await fixture.serve(["m"], on: "e\(engine)") }
    let asked = request { $0.view = .full }
    #expect(throws: WrongTime.self) { try fixture.call(ListModelsTests.path, asked.encode()) }
    let page = try ListPage.decode(try await fixture.callLater(ListModelsTests.path, asked.encode()))
    #expect(page.models.first?.model.replicas.count == 201)
    #expect(throws: Never.self) { try fixture.call(ListModelsTests.path, request { _ in }.encode()) }
    let one = "/rollcall.v1.ModelCatalog/GetModel"
    let model = try await fixture.callLater(one, GetRequest(id: "m", view: .full).encode())
    #expect(try ModelMessage.decode(model).model.replicas.count == 201)
    #expect(throws: Never.self) { try fixture.call(one, GetRequest(id: "m").encode()) }
  }

  @Test func `a list filters many models off the event loop, once, and not for a cancelled caller`() async throws {
    let fixture = try Fixture()
    try await fixture.serve((0..<3_000).map { "m\($0)" })
    let asked = request { ($0.filter, $0.pageSize) = ("id = *7", 1_000) }
    let service = ModelCatalogService(fixture.environment)
    guard case .later(let answer) = try service.reply("ListModels", asked.encode()) else { throw WrongTime() }
    let cancelled = Task {
      while !Task.isCancelled { await Task.yield() }
      return await answer()
    }
    cancelled.cancel()
    guard case .failure(let status) = await cancelled.value else { throw WrongTime() }
    #expect(status.code == .cancelled)
    #expect(fixture.catalog.listNow(ListQuery(.all, filter: try Filter("id = *7")), of: fixture.snapshot) == nil)
    guard case .shared(let slices) = await answer() else { throw WrongTime() }
    #expect(try ListPage.decode(Array(slices.joined())[...]).totalSize == 300)
    // Now it is at hand.
    #expect(try ListPage.decode(try fixture.call(ListModelsTests.path, asked.encode())).models.count == 300)
  }
}

extension Fixture {
  fileprivate var snapshot: Snapshot { catalog.view.snapshot }
}

private func list(_ fixture: Fixture, _ fill: (inout ListRequest) -> Void) async throws -> ListPage {
  try ListPage.decode(try await fixture.callEventually(ListModelsTests.path, request(fill).encode()))
}

private func request(_ fill: (inout ListRequest) -> Void) -> ListRequest {
  var request = ListRequest()
  fill(&request)
  return request
}
