import Catalog
import GRPC
import TestKit
import Testing
import Wire

/// A reader of `ListModels` that goes from page to page while things happen.
struct ListWalk {
  private let world: QueryWorld
  private let truth: QueryTruth
  private var request = ListRequest()
  /// The list at the revision that the first page showed.
  private let expected: [Model]
  private let revision: Int64
  /// Of the process that showed it.
  private let restarts: Int
  private var done = 0
  /// What the last page ended with.
  private var last: Model?
  /// False once a token has expired: from then on pages are of the present.
  private var isConsistent = true
  private(set) var isOver = false

  init(_ world: QueryWorld) {
    let (filter, filterText) = world.questions.filter()
    let (order, orderText) = world.questions.order()
    let namespace = world.random.one(in: 3) ? world.random.pick(Vocabulary.namespaces + ["none"]) : ""
    self.world = world
    truth = QueryTruth(scope: namespace.isEmpty ? .all : .namespace(namespace), filter: filter, order: order)
    request.namespace = namespace
    request.filter = filterText
    request.orderBy = orderText
    request.view = world.random.one(in: 4) ? .full : .basic
    request.atRevision = world.random.one(in: 3) ? world.random.pick(world.retained) : 0
    revision = request.atRevision == 0 ? world.head : request.atRevision
    expected = truth.list(world.truth(at: revision))
    restarts = world.restarts
  }

  /// Reads one page; the first must be read before anything happens.
  mutating func step(tags: inout PageTags<PageFacts>) async throws {
    request.pageSize = Int32(world.random.pick([0, 1, 2, 3, 5, 8, 13, 10_000]))
    do {
      let page = try await world.fixture.listPage(request)
      check(page, tags: &tags)
      try await revalidate(page, tags)
      request.pageToken = page.nextPageToken
      isOver = page.nextPageToken.isEmpty
    } catch let status as Status where status.code == .outOfRange {
      try expired(status)
    }
  }

  private mutating func check(_ page: ListPage, tags: inout PageTags<PageFacts>) {
    let whole = isConsistent ? expected : truth.list(world.truth(at: world.head))
    if !isConsistent, let last { done = whole.count { !truth.isBefore(last, $0) } }
    let count = min(request.pageSize == 0 ? 100 : Int(request.pageSize), whole.count - done)
    let wanted = whole[done..<done + count].map { request.view == .full ? $0 : $0.basic }
    let hasMore = done + count < whole.count
    #expect(page.models.map(\.model) == wanted, "\(request)")
    #expect(page.totalSize == whole.count, "\(request)")
    #expect(page.revision == (isConsistent ? revision : world.head), "\(request)")
    #expect(page.nextPageToken.isEmpty != hasMore, "\(request)")
    #expect(page.etag.isEmpty == (request.view == .full), "\(request)")
    #expect(!page.notModified)
    if !page.etag.isEmpty {
      let query = [request.namespace, request.filter, request.orderBy]
      tags.note(page.etag, query, PageFacts(models: wanted.map(\.etag), hasMore: hasMore))
    }
    done += count
    last = whole[..<done].last ?? last
  }

  /// Who holds the page is told so; who holds another gets it.
  private func revalidate(_ page: ListPage, _ tags: PageTags<PageFacts>) async throws {
    guard !page.etag.isEmpty, world.random.one(in: 3) else { return }
    var request = request
    request.ifNoneMatch = world.random.one(in: 2) ? page.etag : world.random.pick(tags.all)
    let again = try await world.fixture.listPage(request)
    var wanted = page
    wanted.notModified = request.ifNoneMatch == page.etag
    if wanted.notModified { wanted.models = [] }
    #expect(again == wanted, "\(request)")
  }

  /// A token may expire only when its revision is retained no more, and was held by another process.
  private mutating func expired(_ status: Status) throws {
    #expect(!request.pageToken.isEmpty && isConsistent, "\(request)")
    #expect(world.restarts > restarts && !world.isRetained(revision), "\(revision) expired: \(status)")
    // Who asked for the past by its revision is told that it is gone.
    isOver = request.atRevision != 0
    guard !isOver else { return }
    request.pageToken = try #require(status.metadata("page_token"))
    #expect(status.metadata("revision") == String(revision))
    isConsistent = false
  }
}
