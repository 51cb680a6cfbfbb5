import Catalog
import GRPC
import Synchronization
import Testing
import Wire

@testable import Services

@Suite struct ListModelsTests {
  static let path = "/rollcall.v1.ModelCatalog/ListModels"

  private func list(_ fixture: Fixture, _ fill: (inout ListRequest) -> Void = { _ in }) throws -> ListPage {
    var request = ListRequest()
    fill(&request)
    return try ListPage.decode(try fixture.call(Self.path, request.encode()))
  }

  @Test func `the list has every model in order, and the total size`() async throws {
    let fixture = try Fixture(unreachable: { ["dns"] })
    try await fixture.serve(["b", "a"])
    try await fixture.serve(["c"], on: "e2", namespace: "team")
    let page = try list(fixture)
    #expect(page.models.map(\.model.key.id) == ["a", "b", "c"])
    #expect(page.totalSize == 3)
    #expect(page.nextPageToken.isEmpty)
    #expect(page.revision == fixture.catalog.view.head)
    #expect(page.unreachable == ["dns"])
    #expect(page.models.allSatisfy { $0.model.replicas.isEmpty })
    #expect(try list(fixture) { $0.namespace = "team" }.models.map(\.model.key.id) == ["c"])
    #expect(try list(fixture) { $0.namespace = "team" }.totalSize == 1)
    #expect(try list(fixture) { $0.namespace = "nobody" }.models.isEmpty)
  }

  @Test func `a page that is requested again is the same until something changes`() async throws {
    let unreachable = Mutex<[String]>([])
    let fixture = try Fixture(unreachable: { unreachable.withLock { $0 } })
    try await fixture.serve((0..<30).map { "m\($0)" })
    var request = ListRequest()
    request.pageSize = 10
    let first = try fixture.call(Self.path, request.encode())
    #expect(try fixture.call(Self.path, request.encode()) == first)
    request.pageSize = 11
    #expect(try ListPage.decode(try fixture.call(Self.path, request.encode())).models.count == 11)
    request.pageSize = 10
    unreachable.withLock { $0 = ["dns"] }
    #expect(try ListPage.decode(try fixture.call(Self.path, request.encode())).unreachable == ["dns"])
    unreachable.withLock { $0 = [] }
    #expect(try fixture.call(Self.path, request.encode()) == first)
    try await fixture.serve(["a"], on: "e2")
    let changed = try ListPage.decode(try fixture.call(Self.path, request.encode()))
    #expect(changed.models.first?.model.key.id == "a" && changed.totalSize == 31)
    // The token of before still leads to the page of before.
    request.pageToken = try ListPage.decode(first).nextPageToken
    #expect(try ListPage.decode(try fixture.call(Self.path, request.encode())).totalSize == 30)
  }

  @Test func `an empty list is served when sources are synced`() throws {
    let page = try list(Fixture())
    #expect(page.models.isEmpty && page.totalSize == 0 && page.nextPageToken.isEmpty)
  }

  @Test(arguments: [(Int32(0), 100), (1, 1), (7, 7), (250, 250), (10_000, 300)])
  func `a page has as many models as requested, 100 by default`(size: Int32, count: Int) async throws {
    let fixture = try Fixture()
    try await fixture.serve((0..<300).map { "m\($0)" })
    let page = try list(fixture) { $0.pageSize = size }
    #expect(page.models.count == count)
    #expect(page.totalSize == 300)
    #expect(page.nextPageToken.isEmpty == (count == 300))
  }

  @Test(arguments: [ModelView.basic, .full], ["", "default"])
  func `pages follow each other without gap or repeat`(view: ModelView, namespace: String) async throws {
    let fixture = try Fixture()
    try await fixture.serve((0..<300).map { "m\($0)" })
    if namespace.isEmpty { try await fixture.serve((0..<40).map { "x/é\($0)" }, on: "e2", namespace: "team") }
    var found = [ModelKey]()
    var token = ""
    repeat {
      let page = try list(fixture) {
        $0.pageSize = 37
        $0.pageToken = token
        $0.view = view
        $0.namespace = namespace
      }
      found += page.models.map(\.model.key)
      token = page.nextPageToken
    } while !token.isEmpty
    let all = fixture.catalog.view.snapshot.refs(namespace: nil, sight: .all).map(\.key)
    #expect(found == all)
  }

  @Test(arguments: [
    (Int32(0), ModelView.basic, 100), (10_000, .basic, 10_000), (10_001, .basic, 10_000), (Int32.max, .basic, 10_000),
    (0, .full, 100), (1_000, .full, 1_000), (Int32.max, .full, 1_000),
  ])
  func `a page has an upper limit`(size: Int32, view: ModelView, limit: Int) throws {
    let request = request {
      $0.pageSize = size
      $0.view = view
    }
    #expect(try PageSize.limit(request.pageSize, request.view) == limit)
  }

  @Test(arguments: [ModelView.basic, .full])
  func `a page ends before its bytes are too many`(view: ModelView) async throws {
    let fixture = try Fixture()
    try await fixture.serve((0..<300).map { "m\($0)" }, root: String(repeating: "r", count: 400))
    var service = ModelCatalogService(fixture.environment)
    #expect(service.maxPageBytes == 4_000_000)
    service.maxPageBytes = 60_000
    let request = request {
      $0.pageSize = 10_000
      $0.view = view
    }
    var reply = try service.reply("ListModels", request.encode())
    if case .later(let answer) = reply { reply = await answer() }
    let bytes: [UInt8]
    switch reply {
    case .message(let slices) where view == .full: bytes = Array(slices.joined())
    case .shared(let slices) where view == .basic: bytes = Array(slices.joined())
    default: throw WrongTime()
    }
    let page = try ListPage.decode(bytes[...])
    #expect(bytes.count < 60_000)
    #expect(page.models.count > 30 && page.models.count < 200)
    #expect(!page.nextPageToken.isEmpty)
  }

  @Test func `view FULL has replicas and the times of their observation`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"])
    let moment = Timestamp(microseconds: 1_700_000_123_000_000)
    fixture.catalog.readings.note(engineID: "e1", observedAt: moment)
    let model = try #require(try list(fixture) { $0.view = .full }.models.first)
    #expect(model.model.replicas.map(\.engineID) == ["e1"])
    #expect(model.replicas["e1"]?.observedAt == moment)
  }

  @Test(arguments: [
    ("page_size", request { $0.pageSize = -1 }),
    ("page_token", request { $0.pageToken = "nonsense" }),
    ("page_token", request { $0.pageToken = "AQ==" }),
    ("filter", request { $0.filter = "state =" }),
    ("order_by", request { $0.orderBy = "id sideways" }),
    ("at_revision", request { $0.atRevision = -1 }),
  ])
  func `a wrong request is INVALID_ARGUMENT and names its field`(field: String, request: ListRequest) throws {
    let fixture = try Fixture()
    let status = #expect(throws: Status.self) { try list(fixture) { $0 = request } }
    #expect(status?.code == .invalidArgument)
    #expect(details(status).contains(field))
    #expect(details(status).contains("google.rpc.BadRequest"))
  }

  @Test func `an unknown view is INVALID_ARGUMENT`() throws {
    let status = #expect(throws: Status.self) { try Fixture().call(Self.path, [0x30, 9]) }
    #expect(status?.code == .invalidArgument)
    #expect(details(status).contains("view"))
  }

  @Test func `the list is UNAVAILABLE before sources are synced`() async throws {
    let fixture = try Fixture(ready: false)
    try await fixture.serve(["a"])
    let status = #expect(throws: Status.self) { try list(fixture) }
    #expect(status?.code == .unavailable)
    #expect(details(status).contains("NOT_READY"))
  }

  @Test func `malformed bytes do not reach the catalog`() throws {
    for bytes in [[0xFF], [0x0A, 5, 1], [0x0A, 1, 0xFF]] as [[UInt8]] {
      let status = #expect(throws: Status.self) { try Fixture().call(Self.path, bytes) }
      #expect(status?.code != .ok)
    }
  }
}

private func request(_ fill: (inout ListRequest) -> Void) -> ListRequest {
  var request = ListRequest()
  fill(&request)
  return request
}

/// The packed details as text, in which the names stand as they are.
func details(_ status: Status?) -> String {
  String(decoding: status?.details ?? [], as: UTF8.self)
}
