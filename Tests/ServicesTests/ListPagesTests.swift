import Catalog
import GRPC
import Testing
import Wire

@testable import Services

/// Pages of `ListModels`, and the tokens between them.
@Suite struct ListPagesTests {
  private static let orders = ["", "root desc, id desc", "created, max_model_len desc"]

  /// Every page that follows a request, with something happening before each of them but the first.
  private func pages(
    _ fixture: Fixture, _ asked: ListRequest, meanwhile: (Int) async throws -> Void
  ) async throws -> [ListPage] {
    var asked = asked
    var pages = [try await list(fixture, asked)]
    while let token = pages.last?.nextPageToken, !token.isEmpty {
      try await meanwhile(pages.count)
      asked.pageToken = token
      pages.append(try await list(fixture, asked))
    }
    return pages
  }

  @Test(arguments: orders, [ModelView.basic, .full])
  func `all pages show the revision of the first, whatever happens meanwhile`(
    order: String, view: ModelView
  ) async throws {
    let fixture = try Fixture()
    for engine in 0..<5 {
      try await fixture.serve((0..<9).map { "m\($0 * 5 + engine)" }, on: "e\(engine)", root: "/\(engine % 3)")
    }
    let asked = request {
      $0.orderBy = order
      $0.view = view
    }
    let before = try await list(fixture, asked)
    let pages = try await pages(fixture, sized(asked, 7)) { number in
      try await fixture.serve(["m3", "new\(number)", "m\(number)"], on: "e1", root: "/\(number)")
    }
    #expect(pages.count == 7)
    #expect(pages.flatMap(\.models).map(\.model) == before.models.map(\.model))
    #expect(pages.allSatisfy { $0.revision == before.revision && $0.totalSize == 45 })
    #expect(try await list(fixture, asked).revision > before.revision)
  }

  @Test func `a page of a revision that is no longer held is rebuilt from the history`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a", "b", "c"])
    let first = try await list(fixture, request { $0.pageSize = 1 })
    for number in 0..<70 {
      try await fixture.serve(["c", "x\(number)"])
      _ = try await list(fixture, request { $0.pageSize = 1 })
    }
    let second = try await list(fixture, request { $0.pageToken = first.nextPageToken })
    #expect(second.models.map(\.model.key.id) == ["b", "c"])
    #expect(second.revision == first.revision)
  }

  @Test func `page tokens survive a restart`() async throws {
    let store = MemoryStore(epoch: 1_000_000)
    // As a server does it first: what tokens are sealed with is kept in the store.
    _ = try await ModelCatalog.open(
      store: store, codec: StorageCodec(), encoder: WireModelEncoder(), now: Timestamp(microseconds: 0))
    let fixture = try Fixture(store: store)
    try await fixture.serve(["a", "b", "c"])
    let first = try await list(fixture, request { ($0.pageSize, $0.orderBy) = (1, "id desc") })
    try await fixture.serve(["a", "d"])
    let again = try Fixture(store: store)
    let second = try await list(again, request { ($0.pageToken, $0.orderBy) = (first.nextPageToken, "id desc") })
    #expect(second.models.map(\.model.key.id) == ["b", "a"])
    #expect(second.revision == first.revision)
  }

  @Test func `the pages of a past revision stay at that revision`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a", "b", "c"])
    let revision = fixture.catalog.view.head
    try await fixture.serve(["b", "d"])
    let asked = request { $0.atRevision = revision }
    let pages = try await pages(fixture, sized(asked, 1)) { try await fixture.serve(["b\($0)"]) }
    #expect(pages.flatMap(\.models).map(\.model.key.id) == ["a", "b", "c"])
    #expect(pages.allSatisfy { $0.revision == revision && $0.totalSize == 3 && $0.unreachable.isEmpty })
  }

  @Test(arguments: zip(orders, [["c", "d"], ["c", "b"], ["c", "d"]]))
  func `an expired token is refused with a reason and a token to go on`(order: String, next: [String]) async throws {
    let fixture = try Fixture(history: HistoryLimits(events: 8, bytes: 1 << 20))
    try await fixture.serve(["a", "b", "c", "d", "e"])
    let asked = request { ($0.pageSize, $0.orderBy) = (2, order) }
    let first = try await list(fixture, asked)
    try await forget(fixture)
    let gone = try #require(first.models.last?.model.key.id)
    try await fixture.serve(["a", "b", "c", "d", "e", "f"].filter { $0 != gone })
    let status = await #expect(throws: Status.self) {
      try await list(fixture, request { ($0.pageToken, $0.orderBy) = (first.nextPageToken, order) })
    }
    #expect(status?.code == .outOfRange)
    #expect(status?.info?.reason == "PAGE_TOKEN_EXPIRED")
    #expect(status?.info?.metadata["revision"] == String(first.revision))
    let goOn = try #require(status?.info?.metadata["page_token"])
    let second = try await list(fixture, request { ($0.pageSize, $0.orderBy, $0.pageToken) = (2, order, goOn) })
    #expect(second.models.map(\.model.key.id) == next)
    #expect(second.revision == fixture.catalog.view.head)
    // From now on each page shows what is there then.
    try await fixture.serve(["zz"], on: "e2", root: "")
    let third = try await list(fixture, request { ($0.orderBy, $0.pageToken) = (order, second.nextPageToken) })
    #expect(third.revision == fixture.catalog.view.head)
    #expect(third.models.map(\.model.key.id).contains("zz"))
  }

  /// Texts that a token cannot hold whole.
  @Test(arguments: ["root, id", "root desc, id desc", "labels.x, root"])
  func `a token that cuts long values leads to the same page`(order: String) async throws {
    let fixture = try Fixture(history: HistoryLimits(events: 8, bytes: 1 << 20))
    let beginning = String(repeating: "é", count: 1_500)
    let roots = ["a", beginning, beginning + "a", beginning + "b", beginning + "c", "é", "z"]
    for (number, root) in roots.enumerated() {
      try await fixture.serve(["m\(number)"], on: "e\(number)", root: root)
    }
    let asked = request { ($0.pageSize, $0.orderBy) = (1, order) }
    let all = try await list(fixture, sized(asked, 100)).models.map(\.model.key.id)
    var expired = 0
    var found = [String]()
    var token = ""
    repeat {
      var next = asked
      next.pageToken = token
      do {
        let page = try await list(fixture, next)
        #expect(page.nextPageToken.utf8.count <= PageToken.maxTextCount)
        found += page.models.map(\.model.key.id)
        token = page.nextPageToken
        if found.count == 3 { try await forget(fixture) }
      } catch let status as Status {
        expired += 1
        token = try #require(status.info?.metadata["page_token"])
        // The model that the page before ended with is gone: what begins like it comes again.
        let number = try #require(found.last?.dropFirst())
        try await fixture.serve([], on: "e\(number)")
      }
    } while !token.isEmpty && found.count < 20
    #expect(expired == 1)
    #expect(Set(found) == Set(all))
    #expect(found.count <= all.count + 3)
  }

  @Test func `a token of another request is INVALID_ARGUMENT and names the part that differs`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a", "b"])
    let asked = request { ($0.pageSize, $0.filter, $0.orderBy) = (1, "state = READY", "id desc") }
    let token = try await list(fixture, asked).nextPageToken
    let signer = fixture.environment.signer
    let known = try #require(PageToken(token, signer))
    let diff = PageToken(.diff(from: 1, to: 2), known.query, last: known.last)
    let others: [(String, (inout ListRequest) -> Void)] = [
      ("another namespace", { $0.namespace = "default" }),
      ("another filter", { $0.filter = "" }),
      ("another filter", { $0.filter = "state = FAILED" }),
      ("another order_by", { $0.orderBy = "id" }),
      ("another order_by", { $0.orderBy = "" }),
      ("another at_revision", { $0.atRevision = known.kind == .list(revision: 0) ? 0 : 1_000_001 }),
      ("belongs to a diff", { $0.pageToken = diff.text(signer) }),
      ("gave out", { $0.pageToken = known.text(TokenSigner(key: [1])) }),
      ("gave out", { $0.pageToken = "A" + token }),
      ("gave out", { $0.pageToken = String(token.dropLast()) }),
      ("gave out", { $0.pageToken = "nonsense" }),
    ]
    for (text, change) in others {
      let status = await #expect(throws: Status.self) {
        try await list(
          fixture,
          request {
            $0 = asked
            $0.pageToken = token
            change(&$0)
          })
      }
      #expect(status?.code == .invalidArgument)
      #expect(status?.info?.metadata["field"] == "page_token")
      #expect(status?.message.contains(text) == true, "\(status?.message ?? "")")
    }
    // Neither is bound to how much is shown of how many.
    let page = try await list(
      fixture,
      request {
        $0 = asked
        ($0.pageToken, $0.pageSize, $0.view, $0.ifNoneMatch) = (token, 7, .full, "x")
      })
    #expect(page.models.map(\.model.key.id) == ["a"])
  }
}

/// Makes a server forget the revisions until now: no history, and 64 later lists whose pages may follow.
private func forget(_ fixture: Fixture) async throws {
  for number in 0..<70 {
    try await fixture.serve(["p\(number % 2)", "q\(number)"], on: "other", namespace: "other")
    _ = try await list(fixture, request { ($0.pageSize, $0.namespace) = (1, "other") })
  }
  try await fixture.serve([], on: "other", namespace: "other")
}

private func list(_ fixture: Fixture, _ request: ListRequest) async throws -> ListPage {
  try ListPage.decode(try await fixture.callEventually(ListModelsTests.path, request.encode()))
}

private func sized(_ request: ListRequest, _ size: Int32) -> ListRequest {
  var request = request
  request.pageSize = size
  return request
}

private func request(_ fill: (inout ListRequest) -> Void) -> ListRequest {
  var request = ListRequest()
  fill(&request)
  return request
}
