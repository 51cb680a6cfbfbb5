import Catalog
import GRPC
import Synchronization
import Testing
import Wire

@Suite struct ListClientTests {
  /// A page of models by number, and the number of the next one, which is its token.
  private static func page(_ ids: [String], next: String = "", revision: Int64 = 7) -> [UInt8] {
    let elements = ids.flatMap { id -> [UInt8] in
      var model = Samples.bare
      model.key.id = id
      return WireModelEncoder().encode(model).element
    }
    return elements
      + ListTail.encode(
        nextPageToken: next, totalSize: 4, revision: revision, unreachable: ["dns"], etag: "tag \(next)")
  }

  private static func expired(_ token: String) -> Status {
    Status(.outOfRange, "too late", reason: "PAGE_TOKEN_EXPIRED", metadata: ["page_token": token, "revision": "7"])
  }

  private static let asked = request {
    $0.namespace = "ns"
    $0.filter = "state = READY"
    $0.orderBy = "id desc"
    $0.view = .full
    $0.atRevision = 7
  }

  @Test func `a client that reads a whole list gets every page, each requested like the first`() async throws {
    let client = CatalogClient(
      FakeTransport { path, request in
        #expect(path == "/rollcall.v1.ModelCatalog/ListModels")
        var request = try ListRequest.decode(request[...])
        let number = Int(request.pageToken) ?? 0
        request.pageToken = ""
        #expect(request.pageSize == 10_000)
        request.pageSize = 0
        #expect(request == Self.asked)
        return [Self.page(["m\(number)"], next: number == 3 ? "" : "\(number + 1)")]
      })
    let page = try await client.listAll(Self.asked)
    #expect(page.models.map(\.model.key.id) == ["m0", "m1", "m2", "m3"])
    #expect(page.revision == 7)
    #expect(page.totalSize == 4)
    #expect(page.nextPageToken.isEmpty)
    #expect(page.unreachable == ["dns"])
  }

  @Test(
    arguments: [(1, [1]), (2, [2]), (3, [3, 1]), (4, [4, 2]), (9, [9, 7, 5])])
  func `a client that reads a whole list requests no more than it wants`(_ limit: Int, _ sizes: [Int32]) async throws {
    let asked = Mutex([Int32]())
    let client = CatalogClient(
      FakeTransport { _, request in
        let request = try ListRequest.decode(request[...])
        asked.withLock { $0.append(request.pageSize) }
        let first = (Int(request.pageToken) ?? 0) * 2
        return [Self.page(["m\(first)", "m\(first + 1)"], next: first == 4 ? "" : "\(first / 2 + 1)")]
      })
    let page = try await client.listAll(ListRequest(), limit: limit)
    #expect(page.models.map(\.model.key.id) == (0..<min(limit, 6)).map { "m\($0)" })
    #expect(asked.withLock { $0 } == sizes)
  }

  @Test func `a client that reads a whole list does not follow a token that leads to itself`() async {
    let client = CatalogClient(FakeTransport { _, _ in [Self.page([], next: "again")] })
    let error = await #expect(throws: Status.self) { try await client.listAll(ListRequest()) }
    #expect(error?.code == .internal)
  }

  @Test func `a client that reads a whole list ends with the status of an expired token`() async {
    let client = CatalogClient(
      FakeTransport { _, request in
        guard try ListRequest.decode(request[...]).pageToken.isEmpty else { throw Self.expired("go on") }
        return [Self.page(["a"], next: "late")]
      })
    let error = await #expect(throws: Status.self) { try await client.listAll(ListRequest()) }
    #expect(error?.info?.reason == "PAGE_TOKEN_EXPIRED")
    #expect(error?.info?.metadata == ["page_token": "go on", "revision": "7"])
  }

  @Test
  func `a client that reads a whole list restarts when its token expires, and goes on when that happens again`()
    async throws
  {
    let asked = Mutex([String]())
    let client = CatalogClient(
      FakeTransport { _, request in
        let token = try ListRequest.decode(request[...]).pageToken
        asked.withLock { $0.append(token) }
        switch token {
        case "": return [Self.page(["a"], next: "late")]
        case "late": throw Self.expired("go on")
        default: return [Self.page(["b"], revision: 9)]
        }
      })
    var times = [Int]()
    let page = try await client.listAll(ListRequest()) {
      times.append($0)
      return $0 == 1 ? .startAgain : .goOn
    }
    #expect(times == [1, 2])
    #expect(asked.withLock { $0 } == ["", "late", "", "late", "go on"])
    #expect(page.models.map(\.model.key.id) == ["a", "b"])
    #expect(page.revision == 9)
  }

  @Test func `a client that reads a whole list ends with any other status, whatever it does about an expired token`()
    async
  {
    for status in [Status(.outOfRange, "no"), Status(.outOfRange, "no", reason: "PAGE_TOKEN_EXPIRED")] {
      let client = CatalogClient(FakeTransport { _, _ in throw status })
      await #expect(throws: status) { try await client.listAll(ListRequest()) { _ in .goOn } }
    }
  }

  @Test func `a client requests a list by the tag of a page`() async throws {
    let client = CatalogClient(
      FakeTransport { _, request in
        let known = try ListRequest.decode(request[...]).ifNoneMatch
        return [ListTail.encode(totalSize: 4, revision: 8, etag: "tag", notModified: known == "tag")]
      })
    let page = try await client.list(request { $0.ifNoneMatch = "tag" })
    #expect(page.notModified && page.etag == "tag" && page.totalSize == 4 && page.revision == 8)
    #expect(try await client.list(request { $0.ifNoneMatch = "other" }).notModified == false)
  }
}

private func request(_ fill: (inout ListRequest) -> Void) -> ListRequest {
  var request = ListRequest()
  fill(&request)
  return request
}
