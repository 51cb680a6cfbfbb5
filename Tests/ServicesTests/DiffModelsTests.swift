import Catalog
import GRPC
import Testing
import Wire

@testable import Services

@Suite struct DiffModelsTests {
  static let path = "/rollcall.v1.ModelCatalog/DiffModels"

  private func diff(_ fixture: Fixture, _ fill: (inout DiffRequest) -> Void) async throws -> DiffPage {
    try DiffPage.decode(try await fixture.callLater(Self.path, request(fill).encode()))
  }

  private func words(_ page: DiffPage) -> [String] {
    page.differences.map { "\($0.kind.name) \($0.key.id)" }
  }

  @Test func `a diff has the models that differ, before and after`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["gone", "kept", "moved", "back"], root: "/m")
    let from = fixture.catalog.view.head
    try await fixture.serve(["moved"], on: "e2", namespace: "team")
    try await fixture.serve(["kept", "new"], at: 1_700_000_060)
    try await fixture.serve(["back", "kept", "new", "brief"], root: "/m", at: 1_700_000_061)
    try await fixture.serve(["back", "kept", "new"], root: "/m", at: 1_700_000_062)
    let page = try await diff(fixture) { $0.fromRevision = from }
    #expect(words(page) == ["REMOVED gone", "REMOVED moved", "ADDED new", "ADDED moved"])
    #expect(page.totalSize == 4)
    #expect(page.nextPageToken.isEmpty)
    #expect(page.from == RevisionMark(revision: from, time: Timestamp(microseconds: 1_700_000_000_000_000)))
    let last = RevisionMark(revision: fixture.catalog.view.head, time: Timestamp(microseconds: 1_700_000_062_000_000))
    #expect(page.to == last)
    try await fixture.serve(["back", "kept", "new"], state: .unreachable, root: "/m")
    let modified = try await diff(fixture) { $0.fromRevision = last.revision }
    #expect(words(modified) == ["MODIFIED back", "MODIFIED kept", "MODIFIED new"])
    #expect(modified.differences.map(\.before?.model.state) == [.ready, .ready, .ready])
    #expect(modified.differences.map(\.after?.model.state) == [.unreachable, .unreachable, .unreachable])
  }

  @Test func `a diff of one namespace sees it alone`() async throws {
    let fixture = try Fixture()
    let from = fixture.catalog.view.head
    try await fixture.serve(["a"])
    try await fixture.serve(["b"], on: "e2", namespace: "team")
    let page = try await diff(fixture) {
      $0.fromRevision = from
      $0.namespace = "team"
    }
    #expect(words(page) == ["ADDED b"])
    #expect(page.totalSize == 1)
  }

  @Test func `a time means the last revision until then`() async throws {
    let fixture = try Fixture()
    var heads = [Int64]()
    for (index, ids) in [["a"], ["a", "b"], ["b"]].enumerated() {
      try await fixture.serve(ids, at: 1_700_000_000 + 60 * Int64(index))
      heads.append(fixture.catalog.view.head)
    }
    func at(_ from: Int64, _ to: Int64?) async throws -> DiffPage {
      try await diff(fixture) {
        $0.fromTime = Timestamp(microseconds: from * 1_000_000)
        $0.toTime = to.map { Timestamp(microseconds: $0 * 1_000_000) }
      }
    }
    let first = try await at(1_700_000_059, 1_700_000_061)
    #expect(words(first) == ["ADDED b"])
    #expect([first.from.revision, first.to.revision] == [heads[0], heads[1]])
    let whole = try await at(1_699_999_999, nil)
    #expect(words(whole) == ["ADDED b"])
    #expect(whole.to.revision == heads[2])
    #expect(try await words(at(1_700_000_000, 1_800_000_000)) == ["REMOVED a", "ADDED b"])
    #expect(try await at(1_700_000_001, 1_700_000_002).differences.isEmpty)
  }

  @Test(arguments: [ModelView.basic, .full])
  func `the pages of a diff show the same two revisions, whatever happens meanwhile`(
    view: ModelView
  ) async throws {
    let fixture = try Fixture()
    let from = fixture.catalog.view.head
    try await fixture.serve((0..<250).map { "m\($0)" })
    let to = fixture.catalog.view.head
    var found = [String]()
    var marks = Set<RevisionMark>()
    var asked = request {
      $0.fromTime = Timestamp(microseconds: 1_000_000)
      $0.view = view
      $0.pageSize = 40
    }
    repeat {
      let page = try await diff(fixture) { $0 = asked }
      found += page.differences.map(\.key.id)
      marks.formUnion([page.from, page.to])
      #expect(page.totalSize == 250)
      #expect(page.differences.allSatisfy { $0.after?.model.replicas.count == (view == .full ? 1 : 0) })
      asked.pageToken = page.nextPageToken
      try await fixture.serve(["other\(found.count)"], on: "e2", at: 1_700_000_001)
    } while !asked.pageToken.isEmpty
    #expect(found == (0..<250).map { "m\($0)" }.sorted())
    #expect(marks.map(\.revision).sorted() == [from, to])
  }

  @Test func `a page ends before its bytes are too many`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"])
    let from = fixture.catalog.view.head
    try await fixture.serve((0..<300).map { "m\($0)" }, root: String(repeating: "r", count: 400))
    var service = ModelCatalogService(fixture.environment)
    service.maxPageBytes = 60_000
    let asked = request {
      $0.fromRevision = from
      $0.pageSize = 10_000
    }
    guard case .later(let answer) = try service.reply("DiffModels", asked.encode()),
      case .message(let slices) = await answer()
    else { throw WrongTime() }
    let page = try DiffPage.decode(Array(slices.joined())[...])
    #expect(slices.joined().count < 60_000)
    #expect(page.differences.count > 30 && page.differences.count < 200)
    #expect(page.totalSize == 301)
    #expect(!page.nextPageToken.isEmpty)
  }

  @Test(arguments: [
    ("from_revision", request { _ in }),
    ("from_revision", request { $0.fromRevision = -1 }),
    ("from_time", request { ($0.fromRevision, $0.fromTime) = (1_000_000, Timestamp(microseconds: 0)) }),
    ("to_revision", request { ($0.fromRevision, $0.toRevision) = (1_000_000, -1) }),
    ("to_revision", request { ($0.fromRevision, $0.toRevision) = (1_000_001, 1_000_000) }),
    ("to_time", request { ($0.fromTime, $0.toTime) = (Timestamp(microseconds: 9), Timestamp(microseconds: 8)) }),
    (
      "to_time",
      request {
        ($0.fromRevision, $0.toRevision, $0.toTime) = (1_000_000, 1_000_000, Timestamp(microseconds: 0))
      }
    ),
    ("to_time", request { ($0.fromRevision, $0.toTime) = (1_000_001, Timestamp(microseconds: 1_000_000)) }),
    ("filter", request { ($0.fromRevision, $0.filter) = (1_000_000, "state =") }),
    ("page_size", request { ($0.fromRevision, $0.pageSize) = (1_000_000, -1) }),
    ("page_token", request { ($0.fromRevision, $0.pageToken) = (1_000_000, "nonsense") }),
  ])
  func `a wrong request is INVALID_ARGUMENT and names its field`(field: String, asked: DiffRequest) async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"])
    let status = await #expect(throws: Status.self) { try await diff(fixture) { $0 = asked } }
    #expect(status?.code == .invalidArgument)
    #expect(details(status).contains(field))
    #expect(details(status).contains("google.rpc.BadRequest"))
  }

  @Test func `a token of another request is INVALID_ARGUMENT and names the part that differs`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a", "b"])
    let head = fixture.catalog.view.head
    let asked = request { ($0.fromRevision, $0.toRevision, $0.pageSize) = (1_000_000, head, 1) }
    let token = try await diff(fixture) { $0 = asked }.nextPageToken
    let last = TokenPosition(key: ModelKey(namespace: defaultNamespace, id: "a"))
    let list = PageToken(.list(revision: head), QueryFingerprint(.all, filter: ""), last: last)
    let others: [(String, (inout DiffRequest) -> Void)] = [
      ("other revisions", { $0.fromRevision = 1_000_001 }),
      ("other revisions", { $0.toRevision = head - 1 }),
      ("another namespace", { $0.namespace = "team" }),
      ("another filter", { $0.filter = "id = a" }),
      ("gave out for a diff", { $0.pageToken = list.text(fixture.environment.signer) }),
      (
        "gave out for a diff",
        { $0.pageToken = PageToken(token, fixture.environment.signer)!.text(TokenSigner(key: [])) }
      ),
    ]
    for (text, change) in others {
      let status = await #expect(throws: Status.self) {
        try await diff(fixture) {
          $0 = asked
          $0.pageToken = token
          change(&$0)
        }
      }
      #expect(status?.code == .invalidArgument)
      #expect(status?.info?.metadata["field"] == "page_token")
      #expect(status?.message.contains(text) == true, "\(status?.message ?? "")")
    }
  }

  @Test func `a filter decides which models came, changed and went`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["changes"])
    try await fixture.serve(["leaves"], on: "e2")
    try await fixture.serve(["enters"], on: "e3", state: .unreachable)
    try await fixture.serve(["never"], on: "e4", state: .unreachable)
    let from = fixture.catalog.view.head
    try await fixture.serve(["changes", "new"], root: "/other")
    try await fixture.serve(["leaves"], on: "e2", state: .unreachable)
    try await fixture.serve(["enters"], on: "e3")
    try await fixture.serve(["never", "new too"], on: "e4", state: .unreachable, root: "/other")
    let asked = request { ($0.fromRevision, $0.filter) = (from, "state = READY") }
    let page = try await diff(fixture) { $0 = asked }
    #expect(words(page) == ["MODIFIED changes", "ADDED enters", "REMOVED leaves", "ADDED new"])
    #expect(page.totalSize == 4)
    let second = try await diff(fixture) {
      $0 = asked
      $0.pageSize = 3
    }
    let rest = try await diff(fixture) {
      $0 = asked
      $0.pageToken = second.nextPageToken
    }
    #expect(words(rest) == ["ADDED new"])
    let blank = try await diff(fixture) { ($0.fromRevision, $0.filter) = (from, " ") }
    #expect(blank.totalSize == 6)
  }

  @Test(arguments: ["readings.waiting_requests > 1", "replicas.observed_at:*", "state = "])
  func `a filter that a diff cannot take is INVALID_ARGUMENT`(filter: String) async throws {
    let fixture = try Fixture()
    let status = await #expect(throws: Status.self) {
      try await diff(fixture) { ($0.fromRevision, $0.filter) = (1_000_000, filter) }
    }
    #expect(status?.code == .invalidArgument)
    #expect(status?.info?.metadata["field"] == "filter")
  }

  @Test func `a moment that is not retained is OUT_OF_RANGE and names the oldest`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"])
    let old = request { $0.fromTime = Timestamp(microseconds: 999_999) }
    let future = request { $0.fromRevision = 2_000_000 }
    let unknown = request { $0.fromRevision = 999_999 }
    for (asked, reason, number) in [
      (old, "REVISION_COMPACTED", "1000000"), (future, "REVISION_IN_FUTURE", "\(fixture.catalog.view.head)"),
      (unknown, "REVISION_COMPACTED", "1000000"),
    ] {
      let status = await #expect(throws: Status.self) { try await diff(fixture) { $0 = asked } }
      #expect(status?.code == .outOfRange)
      #expect(details(status).contains(reason))
      #expect(details(status).contains(number))
    }
  }

  @Test func `a diff is UNAVAILABLE before sources are synced`() async throws {
    let fixture = try Fixture(ready: false)
    let status = await #expect(throws: Status.self) { try await diff(fixture) { $0.fromRevision = 1_000_000 } }
    #expect(status?.code == .unavailable)
    #expect(details(status).contains("NOT_READY"))
  }
}

private func request(_ fill: (inout DiffRequest) -> Void) -> DiffRequest {
  var request = DiffRequest()
  fill(&request)
  return request
}
